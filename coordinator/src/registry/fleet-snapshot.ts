import type {
  AgentStatus,
  FleetEvent,
  HealthMetrics,
  KeptModel,
  ModelReport,
  OllamaSetup,
  Pause,
  RunnerReport,
} from '@ollama-coordinator/common';
import type { AgentId, ModelName } from '@ollama-coordinator/common/balancing';

/**
 * One agent as this replica knows it. Never changed: a change makes another record, so that whoever holds one may compare
 * by identity and keep what it derived from it.
 */
export interface AgentRecord {
  readonly id: AgentId;
  readonly name: string;
  readonly machineName: string;
  /** Where the agent listens, as `http://10.0.0.7:11435`. */
  readonly address: string;
  readonly transport: 'direct' | 'tunnel';
  readonly incarnation: number;
  readonly protocolVersion: number;
  readonly ollamaVersion: string;
  /** Stands for the Ollama: agents with the same stand in front of the same one. */
  readonly ollamaId?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: number;
  readonly weight: number;
  /** Requests that one runner answers at the same time. */
  readonly slots: number;
  readonly heartbeatMs: number;
  readonly registeredAtMs: number;
  readonly status: AgentStatus;
  /** Why it gets nothing, whatever it says. */
  readonly admission?: 'waiting' | 'revoked' | undefined;
  /** SHA-256 of the certificate that it serves with; undefined: plain HTTP. */
  readonly certificate?: string | undefined;
  /** Of the credential that it is to have. */
  readonly generation?: number;
  /** What the agent says of itself; undefined before its first heartbeat. */
  readonly state: 'ready' | 'draining' | 'paused' | 'ollama_down' | undefined;
  /** Why it is paused; undefined where it is not. */
  readonly pause?: Pause | undefined;
  /** While it sets Ollama up. */
  readonly ollamaSetup?: OllamaSetup | undefined;
  /** Last sign of life, wall time by this replica's clock; undefined before the first. */
  readonly lastSeenAtMs: number | undefined;
  readonly metrics: HealthMetrics;
  /** By normalised name. */
  readonly models: ReadonlyMap<ModelName, ModelReport>;
  readonly runners: readonly RunnerReport[];
  readonly maxRunners: number | undefined;
  /** VRAM that runners may take together. */
  readonly maxRunnerBytes: number | undefined;
  /** What it keeps in memory by a placement; undefined where it knows of no such thing. */
  readonly kept: readonly KeptModel[] | undefined;
  /** Requests that the agent works on, by the replica that sent them. */
  readonly inFlightByReplica: Readonly<Record<string, number>>;
}

/** The fleet at one moment. `version` grows with every change. */
export interface FleetSnapshot {
  readonly version: number;
  readonly agents: ReadonlyMap<AgentId, AgentRecord>;
  /** Every agent that has the model on disk, whatever its status. */
  readonly agentsByModel: ReadonlyMap<ModelName, readonly AgentRecord[]>;
}

/** What changed between two snapshots. */
export interface FleetDiff {
  readonly changed: readonly AgentRecord[];
  readonly removed: readonly AgentId[];
}

/** Where the rest of the coordinator reads the fleet. */
export interface FleetView {
  snapshot(): FleetSnapshot;
  /** Calls back after each change, in the same turn. Returns how to stop it. */
  onChange(listener: (snapshot: FleetSnapshot, diff: FleetDiff) => void): () => void;
  onEvent(listener: (event: FleetEvent) => void): () => void;
}
