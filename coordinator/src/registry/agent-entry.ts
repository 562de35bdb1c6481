import { isDeepStrictEqual } from 'node:util';
import type {
  AgentPatch,
  AgentStatus,
  HealthCheckRequest,
  HealthMetrics,
  KeptModel,
  ModelReport,
  Pause,
  RunnerReport,
} from '@ollama-coordinator/common';
import { normalizeModelName } from '@ollama-coordinator/common';
import type { AgentId, ModelName } from '@ollama-coordinator/common/balancing';
import type { Admission } from '../credentials/admit-agent.js';
import type { AgentRecord } from './fleet-snapshot.js';

export type AgentState = NonNullable<AgentRecord['state']>;

/** What an agent said at registration, as its hash keeps it, and how it was let in. */
export interface Registration extends Admission {
  readonly machineName: string;
  readonly address: string;
  readonly transport: 'direct' | 'tunnel';
  readonly protocolVersion: number;
  readonly ollamaVersion: string;
  /** Stands for the Ollama; absent where the agent does not say. */
  readonly ollamaId?: string;
  readonly heartbeatMs: number;
  readonly slots: number;
  readonly labels: Readonly<Record<string, string>>;
  /** SHA-256 of the certificate that it serves with; absent: plain HTTP. */
  readonly certificate?: string;
}

/** What an operator decided; outlives registrations. */
export type OperatorFields = AgentPatch & {
  readonly draining?: boolean;
  /** Who had to wait for approval has it. */
  readonly approved?: boolean;
  /** Its credential is void, and it cannot register. */
  readonly revoked?: boolean;
  /** Credentials of earlier generations are good for registering again only. */
  readonly generation?: number;
};

/** How this replica's watch of the agent fares. `lost` makes the agent suspect. */
export type WatchState = 'none' | 'open' | 'lost';

/** What an agent reports of its load, by heartbeat or watch. */
export interface AgentLoad {
  readonly state: AgentState | undefined;
  /** Why it is paused; undefined where it is not. */
  readonly pause: Pause | undefined;
  readonly runners: readonly RunnerReport[];
  readonly maxRunners: number | undefined;
  readonly maxRunnerBytes: number | undefined;
  /** What it keeps in memory by a placement; undefined where it knows of no such thing. */
  readonly kept: readonly KeptModel[] | undefined;
  readonly inFlightByReplica: Readonly<Record<string, number>>;
}

/** Everything that this replica holds of one agent. A change makes another entry. */
export interface AgentEntry {
  readonly id: AgentId;
  readonly incarnation: number;
  readonly registration: Registration;
  readonly operator: OperatorFields;
  readonly registeredAtMs: number;
  readonly presence: 'joining' | 'online' | 'offline';
  /** Of the last heartbeat; 0 before the first, and where the agent does not count. */
  readonly sequence: number;
  /** The last heartbeat without its models. */
  readonly heartbeat: HealthCheckRequest | undefined;
  readonly load: AgentLoad;
  readonly metrics: HealthMetrics;
  readonly models: ReadonlyMap<ModelName, ModelReport>;
  readonly modelsDigest: string;
  readonly watch: WatchState;
  /** The agent said on its watch that it is about to stop. */
  readonly leaving: boolean;
  /** Last sign of life, by the monotonic clock. */
  readonly heardMs: number;
  /** The same by wall time, for people; undefined before the first heartbeat. */
  readonly lastSeenAtMs: number | undefined;
  /** True where a sign of life came to this replica itself, not by way of Redis. */
  readonly heardDirectly: boolean;
  /** Changed while Redis was away: to be written back. */
  readonly unsaved: boolean;
}

/** A moment by both clocks, milliseconds. */
export interface Heard {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

const NO_LOAD: AgentLoad = {
  state: undefined,
  pause: undefined,
  runners: [],
  maxRunners: undefined,
  maxRunnerBytes: undefined,
  kept: undefined,
  inFlightByReplica: {},
};

export interface RegistrationFacts {
  readonly id: AgentId;
  readonly incarnation: number;
  readonly registration: Registration;
}

/**
 * The entry after a registration, which the caller has checked not to be older than `known`. A newer incarnation joins
 * anew and keeps what an operator decided, and the models on disk until it reports its own.
 */
export function withRegistration(known: AgentEntry | undefined, facts: RegistrationFacts, heard: Heard): AgentEntry {
  if (known?.incarnation === facts.incarnation) return { ...known, registration: facts.registration };
  // Written out rather than spread: V8 gives each object that begins with a spread and goes on with new names a shape of its own.
  return {
    id: facts.id,
    incarnation: facts.incarnation,
    registration: facts.registration,
    operator: known?.operator ?? {},
    registeredAtMs: known?.registeredAtMs ?? heard.wallMs,
    presence: 'joining',
    sequence: 0,
    heartbeat: undefined,
    load: NO_LOAD,
    metrics: { gpus: [] },
    models: known?.models ?? new Map(),
    modelsDigest: known?.modelsDigest ?? '',
    watch: 'none',
    leaving: false,
    heardMs: heard.monotonicMs,
    lastSeenAtMs: known?.lastSeenAtMs,
    heardDirectly: false,
    unsaved: known?.unsaved ?? false,
  };
}

/** True where this heartbeat was seen already, or a later one was. An agent that does not count sends sequence 0 each time. */
export function isReplay(entry: AgentEntry, body: Pick<HealthCheckRequest, 'sequence'>): boolean {
  return body.sequence !== 0 && body.sequence <= entry.sequence;
}

/** The entry after a heartbeat of its incarnation. While the watch is open, its reports of the load are the fresher ones. */
export function withHeartbeat(entry: AgentEntry, body: HealthCheckRequest, heard: Heard, direct: boolean): AgentEntry {
  const { models, ...heartbeat } = body;
  return {
    ...entry,
    presence: 'online',
    sequence: body.sequence,
    heartbeat,
    load: loadAfter(entry, body),
    metrics: body.metrics,
    ...(models === undefined ? {} : withModels(entry, models, body.models_digest)),
    leaving: entry.leaving && entry.watch === 'open',
    heardMs: heard.monotonicMs,
    lastSeenAtMs: heard.wallMs,
    heardDirectly: direct || entry.heardDirectly,
  };
}

/** The same object where the same is reported, so that nothing derived from it is made again. */
function loadAfter({ load, watch }: AgentEntry, body: HealthCheckRequest): AgentLoad {
  const isWatched = watch === 'open';
  const reported: AgentLoad = {
    // A heartbeat that was under way as the state changed must not undo what the watch told since.
    state: isWatched ? (load.state ?? body.state) : body.state,
    pause: isWatched && load.state !== undefined ? load.pause : body.pause,
    runners: isWatched ? load.runners : body.runners,
    maxRunners: body.max_runners,
    maxRunnerBytes: body.max_runner_bytes,
    kept: isWatched ? (load.kept ?? body.kept) : body.kept,
    inFlightByReplica: isWatched ? load.inFlightByReplica : body.in_flight,
  };
  return isDeepStrictEqual(load, reported) ? load : reported;
}

/** True where a heartbeat changed nothing that decides which requests the agent gets, but figures of its machine. */
export function isSameToRequests(before: AgentEntry, after: AgentEntry): boolean {
  return before.load === after.load && before.models === after.models && statusOf(before) === statusOf(after);
}

/** The list of models by normalised name. The same digest keeps the same map, so that nothing derived from it is made again. */
export function withModels(
  entry: Pick<AgentEntry, 'models' | 'modelsDigest'>,
  models: readonly ModelReport[],
  digest: string,
): Pick<AgentEntry, 'models' | 'modelsDigest'> {
  if (digest !== '' && digest === entry.modelsDigest) return { models: entry.models, modelsDigest: digest };
  return { models: new Map(models.map((model) => [normalizeModelName(model.name), model])), modelsDigest: digest };
}

/** True where the agent has to send its list of models: the digest that it names is not the one of the list held. */
export function needsModels(entry: AgentEntry, body: HealthCheckRequest): boolean {
  return body.models === undefined && body.models_digest !== entry.modelsDigest;
}

/** The entry after a `state` record of this replica's watch. */
export function withWatchState(entry: AgentEntry, load: AgentLoad, heardMs: number): AgentEntry {
  const { maxRunners = entry.load.maxRunners, maxRunnerBytes = entry.load.maxRunnerBytes, kept = entry.load.kept } = load;
  return { ...entry, load: { ...load, maxRunners, maxRunnerBytes, kept }, watch: 'open', heardMs, heardDirectly: true };
}

/** What `GET /api/agents` calls it. Draining and offline hide suspicion: such an agent is not chosen anyway. */
export function statusOf(entry: Pick<AgentEntry, 'presence' | 'operator' | 'load' | 'leaving' | 'watch' | 'registration'>): AgentStatus {
  const admission = admissionOf(entry);
  if (entry.presence === 'offline' || admission === 'revoked') return 'offline';
  if (admission === 'waiting') return 'joining';
  if (entry.operator.draining || entry.leaving || entry.load.state === 'draining') return 'draining';
  if (entry.presence === 'joining') return 'joining';
  return entry.watch === 'lost' ? 'suspect' : 'online';
}

/** Why an agent gets nothing, whatever it says: it waits for approval, or its credential was revoked. */
export function admissionOf({ operator, registration }: Pick<AgentEntry, 'operator' | 'registration'>): AgentRecord['admission'] {
  if (operator.revoked) return 'revoked';
  return registration.needsApproval && !operator.approved ? 'waiting' : undefined;
}

export function toRecord(entry: AgentEntry): AgentRecord {
  const { registration, operator, load } = entry;
  return {
    id: entry.id,
    name: operator.name ?? registration.machineName,
    machineName: registration.machineName,
    address: registration.address,
    transport: registration.transport,
    incarnation: entry.incarnation,
    protocolVersion: registration.protocolVersion,
    ollamaId: registration.ollamaId,
    ollamaVersion: entry.heartbeat?.ollama.version || registration.ollamaVersion,
    labels: operator.labels ?? registration.labels,
    tier: operator.tier ?? 0,
    weight: operator.weight ?? 1,
    slots: registration.slots,
    heartbeatMs: registration.heartbeatMs,
    registeredAtMs: entry.registeredAtMs,
    status: statusOf(entry),
    admission: admissionOf(entry),
    certificate: registration.certificate,
    generation: operator.generation ?? 0,
    state: load.state,
    pause: load.pause,
    ollamaSetup: entry.heartbeat?.ollama_setup,
    lastSeenAtMs: entry.lastSeenAtMs,
    metrics: entry.metrics,
    models: entry.models,
    runners: load.runners,
    maxRunners: load.maxRunners,
    kept: load.kept,
    maxRunnerBytes: load.maxRunnerBytes,
    inFlightByReplica: load.inFlightByReplica,
  };
}
