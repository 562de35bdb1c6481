import {
  type AgentConfig,
  type AgentState,
  type HealthCheckRequest,
  type KeptModel,
  type OllamaSetup,
  type Pause,
  PROTOCOL_VERSION,
  type RegisterRequest,
} from '@ollama-coordinator/common';
import { chooseAdvertisedAddress, chooseListenHost, isOutOfReach } from './coordinator/advertise.js';
import type { SlotGate } from './gate/slot-gate.js';
import { portOf } from './http/local-address.js';
import type { Identity } from './identity.js';
import { machineName } from './machine-name.js';
import type { MetricsSampler } from './metrics-sampler.js';
import { ollamaIdOf } from './ollama/ollama-id.js';
import type { OllamaView } from './ollama/ollama-monitor.js';

/** What the agent's reports are made of, at the moment of the report. */
export interface ReportSources {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly gate: SlotGate;
  /** Why it rests; undefined where it does not, or where it is drained anyway. */
  readonly pause: Pause | undefined;
  readonly metrics: MetricsSampler;
  /** How far the set-up of Ollama is; undefined where none is under way. */
  readonly setup: OllamaSetup | undefined;
  readonly view: OllamaView;
  /** What it keeps in memory on the coordinator's word. */
  readonly kept: readonly KeptModel[];
  /** Port that the agent listens on. */
  readonly port: number;
  /** SHA-256 of the certificate that the agent serves with; undefined: plain HTTP. */
  readonly certificate: string | undefined;
  /** Of the disk with Ollama's models; undefined where that cannot be told. */
  readonly diskFree: () => Promise<number | undefined>;
}

/** The agent's own word for how it is. */
export function agentState({ gate, view, pause }: Pick<ReportSources, 'gate' | 'view' | 'pause'>): AgentState {
  if (pause !== undefined) return 'paused';
  if (gate.draining) return 'draining';
  return view.up ? 'ready' : 'ollama_down';
}

/** What heartbeats and watches have in common. */
export function composeSlots({ gate, view, kept, pause }: Pick<ReportSources, 'gate' | 'view' | 'kept' | 'pause'>) {
  const { maxRunners, maxRunnerBytes } = gate;
  return {
    state: agentState({ gate, view, pause }),
    ...(pause === undefined ? {} : { pause }),
    in_flight: gate.inFlight(),
    runners: gate.runners(),
    kept: [...kept],
    ...(maxRunners === undefined ? {} : { max_runners: maxRunners }),
    ...(maxRunnerBytes === undefined ? {} : { max_runner_bytes: maxRunnerBytes }),
  };
}

export async function composeRegistration({ config, identity, gate, view, port, certificate }: ReportSources): Promise<RegisterRequest> {
  const { advertise, coordinatorUrl, joinToken } = config;
  const address = await chooseAdvertisedAddress({ advertise, listenHost: chooseListenHost(config), listenPort: port, coordinatorUrl });
  return {
    protocol_version: PROTOCOL_VERSION,
    agent_id: identity.agentId,
    incarnation: identity.incarnation,
    machine_name: machineName(config),
    ip_address: address.host,
    port: address.port,
    ollama_version: view.version,
    ollama_port: portOf(config.ollamaUrl),
    ollama_id: ollamaIdOf(config.ollamaUrl),
    transport: transportOf(config, address.host),
    heartbeat_ms: config.heartbeatMs,
    slots: gate.slots,
    labels: config.labels,
    keeps_credential: true,
    ...(certificate === undefined ? {} : { certificate }),
    ...(joinToken === undefined ? {} : { join_token: joinToken }),
  };
}

/** An address that only this machine knows is none for a coordinator on another one. */
function transportOf({ transport, coordinatorUrl }: AgentConfig, host: string): AgentConfig['transport'] {
  return transport === 'auto' && isOutOfReach(host, coordinatorUrl) ? 'tunnel' : transport;
}

/** A heartbeat without its number and its models, which the sender knows. */
export async function composeHeartbeat(readSources: () => ReportSources): Promise<HealthCheckRequest> {
  const { identity, metrics, diskFree } = readSources();
  const [sample, freeBytes] = await Promise.all([metrics.sample(), diskFree()]);
  // Read after the figures, which take a while: what is told is how the agent is at this moment.
  const { gate, view, kept, pause, setup } = readSources();
  return {
    protocol_version: PROTOCOL_VERSION,
    agent_id: identity.agentId,
    incarnation: identity.incarnation,
    sequence: 0,
    models_digest: '',
    metrics: { ...sample, ...(freeBytes === undefined ? {} : { disk_free_bytes: freeBytes }) },
    ollama: { version: view.version, up: view.up },
    ...(setup === undefined ? {} : { ollama_setup: setup }),
    ...composeSlots({ gate, view, kept, pause }),
  };
}
