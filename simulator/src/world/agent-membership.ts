import type { HealthCheckRequest, RegisterRequest } from '@ollama-coordinator/common';
import type { AgentOllama } from './agent-ollama.js';
import { type AgentMachine, type AgentProcess, reportLoad } from './agent-process.js';

/** Where an agent's heartbeats and registrations go: to some living replica, as its load balancer picks it. */
export interface CoordinatorFace {
  register(request: RegisterRequest): Promise<'ok' | 'refused' | 'unreachable'>;
  /** `send models`: the next one must carry the list of models. */
  heartbeat(body: HealthCheckRequest): Promise<'ok' | 'send models' | 'unknown' | 'unreachable'>;
}

export interface MembershipDeps {
  readonly machine: AgentMachine;
  readonly ollama: AgentOllama;
  readonly coordinator: CoordinatorFace;
}

const OLLAMA_VERSION = '0.9.0';
const REGISTER_AGAIN_MS = 1000;

/** Registers until it is taken, then beats until nobody knows it any more. Ends with the process. */
export async function join(process: AgentProcess, deps: MembershipDeps): Promise<void> {
  const { machine, coordinator } = deps;
  const answer = await coordinator.register({
    protocol_version: 1,
    agent_id: machine.id,
    incarnation: process.incarnation,
    machine_name: machine.name ?? machine.id,
    ip_address: machine.host,
    port: 11435,
    ollama_version: OLLAMA_VERSION,
    ollama_port: 11434,
    transport: 'direct',
    heartbeat_ms: machine.heartbeatMs,
    slots: machine.slots,
    labels: { ...machine.labels },
    keeps_credential: false,
  });
  if (process.clock.isDead()) return;
  if (answer === 'ok') return beat(process, deps);
  process.clock.setTimeout(() => void join(process, deps), REGISTER_AGAIN_MS);
}

async function beat(process: AgentProcess, deps: MembershipDeps, withModels = true): Promise<void> {
  const { machine, ollama, coordinator } = deps;
  process.sequence += 1;
  process.gate.observe(ollama.running(), process.clock.monotonic());
  const answer = await coordinator.heartbeat({
    protocol_version: 1,
    agent_id: machine.id,
    incarnation: process.incarnation,
    sequence: process.sequence,
    models_digest: 'all',
    ...(withModels ? { models: [...machine.models] } : {}),
    metrics: machine.metrics(),
    ollama: { version: OLLAMA_VERSION, up: ollama.isUp() },
    ...reportLoad(machine, process.gate, ollama),
  });
  if (process.clock.isDead()) return;
  if (answer === 'unknown') return join(process, deps);
  const delayMs = answer === 'send models' ? 0 : machine.heartbeatMs;
  process.clock.setTimeout(() => void beat(process, deps, answer !== 'ok'), delayMs);
}
