import type { AgentState, HealthMetrics, ModelReport, Timer } from '@ollama-coordinator/common';
import { SlotGate } from '#agent/gate/slot-gate.js';
import { WatchHub } from '#agent/server/watch-hub.js';
import type { ProcessClock } from '../time/event-clock.js';
import type { AgentOllama, Job } from './agent-ollama.js';

/** The machine that an agent runs on, as the agent knows it. */
export interface AgentMachine {
  readonly id: string;
  /** Of the machine; default: the agent's id. */
  readonly name?: string;
  readonly host: string;
  readonly slots: number;
  /** OLLAMA_MAX_LOADED_MODELS, where it is known. */
  readonly maxRunners: number | undefined;
  /** VRAM that models may take together, where it is known. */
  readonly maxRunnerBytes: number | undefined;
  readonly models: readonly ModelReport[];
  /** What it measures of itself. */
  readonly metrics: () => HealthMetrics;
  readonly labels?: Readonly<Record<string, string>>;
  readonly heartbeatMs: number;
}

/** One start of an agent: the real gate and watch hub. */
export interface AgentProcess {
  readonly clock: ProcessClock;
  readonly gate: SlotGate;
  readonly hub: WatchHub;
  readonly incarnation: number;
  /** Answers under way; a process that dies takes its connections to Ollama along. */
  readonly jobs: Set<Job>;
  sequence: number;
  look: Timer | undefined;
}

/** After a model was loaded the agent looks soon at what Ollama holds, as OllamaMonitor does. */
const LOOK_MS = 100;

export function startAgentProcess(machine: AgentMachine, ollama: AgentOllama, clock: ProcessClock, incarnation: number): AgentProcess {
  const { slots, maxRunners, maxRunnerBytes, models } = machine;
  const gate: SlotGate = new SlotGate({
    clock,
    slots,
    onChange: () => hub.announce(),
    onGrant: (lease) => hub.grant(lease),
    unloadModel: (model) => ollama.unload(model, () => !clock.isDead()),
  });
  const hub: WatchHub = new WatchHub({
    clock,
    readState: () => reportLoad(machine, gate, ollama),
    onOpened: (replica) => gate.watchOpened(replica),
    onClosed: (replica) => gate.watchClosed(replica),
  });
  gate.setLimits({ slots, maxRunners });
  gate.setMaxRunnerBytes(maxRunnerBytes);
  gate.setModels(models);
  gate.observe(ollama.running(), clock.monotonic());
  return { clock, gate, hub, incarnation, jobs: new Set(), sequence: 0, look: undefined };
}

/** What heartbeats and watches have in common; see composeSlots() of the agent. */
export function reportLoad({ maxRunners, maxRunnerBytes }: AgentMachine, gate: SlotGate, ollama: AgentOllama) {
  return {
    state: stateOf(gate, ollama),
    in_flight: gate.inFlight(),
    runners: gate.runners(),
    ...(maxRunners === undefined ? {} : { max_runners: maxRunners }),
    ...(maxRunnerBytes === undefined ? {} : { max_runner_bytes: maxRunnerBytes }),
  };
}

export function lookSoon(process: AgentProcess, ollama: AgentOllama): void {
  process.look ??= process.clock.setTimeout(() => {
    process.look = undefined;
    process.gate.observe(ollama.running(), process.clock.monotonic());
  }, LOOK_MS);
}

function stateOf(gate: SlotGate, ollama: AgentOllama): AgentState {
  if (gate.draining) return 'draining';
  return ollama.isUp() ? 'ready' : 'ollama_down';
}
