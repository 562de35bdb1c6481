import { modelOfSignature, type RunnerReport, type RunnerSignature } from '@ollama-coordinator/common';

/** A model in Ollama's memory, as the gate counts it. */
export interface GateRunner {
  readonly model: string;
  /** The signature it was loaded with; the model's name alone where somebody else loaded it. */
  signature: RunnerSignature;
  state: RunnerReport['state'];
  inFlight: number;
  /** Another one is being unloaded to make room for it; until then nothing may ask Ollama for it. */
  awaitsRoom: boolean;
  /** It takes no further requests, because one that waits too long for its memory needs it. */
  closing: boolean;
  digest: string;
  sizeBytes: number;
  vramBytes: number;
  contextLength: number | undefined;
  /** As Ollama said when it was looked at last. */
  expiresAt: string | undefined;
  /** Monotonic time of the last admission or release. */
  lastUsedMs: number;
  /** Monotonic time at which its load began, and how long that took; undefined while it is under way, or was not seen. */
  readonly startedMs: number;
  loadMs: number | undefined;
}

/** A free slot kept for one replica's waiting request. */
export interface Lease {
  readonly id: string;
  readonly replica: string;
  readonly signature: RunnerSignature;
  readonly expiresMs: number;
  /** What it was made for. The replica may have told something else since, for the request behind. */
  readonly want: Want;
  /** The idle runners that make room for it, and take nothing else meanwhile. */
  readonly victims: readonly GateRunner[];
}

/** What a replica waits for; see wantsSchema. */
export interface Want {
  readonly signature: RunnerSignature;
  readonly priority: number;
  readonly virtualTime: number;
  /** Monotonic time since when its request waits. */
  readonly sinceMs: number;
  /** Runners that should make room for it, the first one first. */
  readonly evict: readonly RunnerSignature[];
  waiting: number;
  /** Grants in a row that ran out unused. */
  misses: number;
}

/** Right to one request on Ollama; handed back with release(). */
export interface Ticket {
  readonly replica: string;
  /** Undefined for a request that needs no runner: Ollama answers it with an error of its own. */
  readonly runner: GateRunner | undefined;
  /** The idle runners that must be unloaded before the request may go out. */
  readonly victims: readonly GateRunner[];
  released: boolean;
}

export interface GateState {
  /** Requests that one runner answers at the same time. */
  slots: number;
  /** OLLAMA_MAX_LOADED_MODELS; undefined = not known, Ollama judges by its memory. */
  maxRunners: number | undefined;
  /** VRAM that runners may take together, in bytes; undefined = not known, Ollama judges by its memory. */
  maxRunnerBytes: number | undefined;
  draining: boolean;
  /** Digests of the models on disk: tags that share one share a runner. */
  digests: ReadonlyMap<string, string>;
  /** Bytes of the models on disk, by name. */
  diskBytes: ReadonlyMap<string, number>;
  /** VRAM that each model took when Ollama listed it last, by name; 0 for one that runs on the processor. */
  readonly seenBytes: Map<string, number>;
  /** Models that give way to no other, by name. */
  pinned: ReadonlySet<string>;
  /** Monotonic time at which Ollama was last asked what it holds; undefined before the first time. */
  observedMs: number | undefined;
  readonly runners: Set<GateRunner>;
  readonly leases: Map<string, Lease>;
  readonly wants: Map<string, Want[]>;
  /** Replicas that hold a watch, and can hear of a grant. */
  readonly watching: Set<string>;
  readonly inFlightByReplica: Map<string, number>;
}

export interface GateLimits {
  readonly slots: number;
  readonly maxRunners?: number | undefined;
  readonly maxRunnerBytes?: number | undefined;
}

export function createGateState({ slots, maxRunners, maxRunnerBytes }: GateLimits): GateState {
  return {
    slots,
    maxRunners,
    maxRunnerBytes,
    draining: false,
    digests: new Map(),
    diskBytes: new Map(),
    seenBytes: new Map(),
    pinned: new Set(),
    observedMs: undefined,
    runners: new Set(),
    leases: new Map(),
    wants: new Map(),
    watching: new Set(),
    inFlightByReplica: new Map(),
  };
}

/** Whether both names stand for the same weights. */
export function isSameModel(state: GateState, one: string, other: string): boolean {
  if (one === other) return true;
  const digest = state.digests.get(one);
  return digest !== undefined && digest === state.digests.get(other);
}

/** Whether the runner's model gives way to no other. */
export function isPinned(state: GateState, { model }: GateRunner): boolean {
  for (const pinned of state.pinned) if (isSameModel(state, pinned, model)) return true;
  return false;
}

/** Whether a request for `signature` runs on this runner without a reload. */
export function serves(state: GateState, runner: GateRunner, signature: RunnerSignature): boolean {
  if (runner.signature === signature) return true;
  const model = modelOfSignature(signature);
  return isSameModel(state, runner.model, model) && optionsOf(runner.signature) === optionsOf(signature);
}

export function findRunner(state: GateState, signature: RunnerSignature): GateRunner | undefined {
  for (const runner of state.runners) if (serves(state, runner, signature)) return runner;
  return undefined;
}

/** Runners and slots as heartbeats and watches report them. */
export function reportRunners(state: GateState): RunnerReport[] {
  return [...state.runners].map((runner) => ({
    model: runner.model,
    signature: runner.signature,
    digest: runner.digest,
    state: runner.closing ? 'unloading' : runner.state,
    slots: state.slots,
    in_flight: runner.inFlight,
    size_bytes: runner.sizeBytes,
    vram_bytes: runner.vramBytes,
    ...(runner.contextLength === undefined ? {} : { context_length: runner.contextLength }),
    ...(runner.expiresAt === undefined ? {} : { expires_at: runner.expiresAt }),
  }));
}

function optionsOf(signature: RunnerSignature): string {
  return signature.slice(modelOfSignature(signature).length);
}
