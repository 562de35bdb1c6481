import type { Operation } from '../protocol/request.js';
import type { RunnerSignature } from '../runner-signature.js';

/**
 * Every type that a balancer sees. A balancer weighs plain data and answers in seconds: it forwards nothing, checks no
 * health and counts nothing. The coordinator calls `cost` and `choose` synchronously, several times per request; state may
 * change only in the feedback hooks, so that a decision can be repeated and explained.
 */
export type AgentId = string;
export type ModelName = string;
export type RequestId = string;
export type CallerId = string;
export type BlockHash = string;
export type Priority = 'interactive' | 'batch';
export type Ratio = number;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A point in time by both clocks, in milliseconds. Durations are differences of `monotonicMs`. */
export interface Instant {
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** When a decision is made, and random numbers in [0, 1) that a repeated decision gets again. */
export interface Moment extends Instant {
  readonly random: () => number;
}

/** A figure with what it rests on: a guess made beforehand, or measurements. */
export interface Estimate {
  readonly mean: number;
  readonly p90: number;
  readonly from: 'prior' | 'learned';
}

export interface RequestFacts {
  readonly id: RequestId;
  /** 1 for the first agent that is tried. */
  readonly attempt: number;
  readonly model: ModelName;
  readonly signature: RunnerSignature;
  readonly operation: Operation;
  readonly caller: CallerId;
  readonly session?: string | undefined;
  readonly priority: Priority;
  readonly bodyBytes: number;
  readonly promptTokens: Estimate;
  readonly outputTokens: Estimate;
  /** Hashes of the prompt's leading blocks, longest last. */
  readonly prefix: readonly BlockHash[];
  /** Expected tokens from the beginning of the prompt to the end of each of those blocks. */
  readonly prefixTokens?: readonly number[] | undefined;
  /** Absent while nothing waits. */
  readonly queue?: QueueFacts | undefined;
}

/** What waits in this replica's lines beside the request. */
export interface QueueFacts {
  /** Seconds until those before it in its line have their slots, at the speed of the runners that serve it; 0 for the head. */
  readonly aheadS: number;
  /** Requests behind it in its line. */
  readonly behind: number;
  /** Requests that wait, by the runner that they need. */
  readonly waiting: ReadonlyMap<RunnerSignature, number>;
  /** Seconds of work that heads of other lines, which were decided before, bring to the agent whose next slot they wait for. */
  readonly promisedS: ReadonlyMap<AgentId, number>;
}

export interface Runner {
  readonly signature: RunnerSignature;
  readonly slots: number;
  readonly inFlight: number;
  readonly state: 'loading' | 'ready' | 'unloading';
  readonly vramBytes: number;
  readonly idleSinceMs?: number | undefined;
  /** When it is expected to be loaded; undefined where it is. This and the next two on the monotonic clock. */
  readonly readyAtMs?: number | undefined;
  /** When its next slot is expected to become free; undefined while one is. */
  readonly busyUntilMs?: number | undefined;
  /** When everything on it is expected to have ended; undefined where nothing runs. */
  readonly idleAtMs?: number | undefined;
  /** Seconds that loading it again would take. */
  readonly reloadS?: number | undefined;
  /** Requests a second that come for this signature, divided by the runners that serve it; undefined where none was seen. */
  readonly demandPerS?: number | undefined;
  /** It gives way to no other model. */
  readonly pinned?: boolean | undefined;
  /** Blocks that it holds from earlier prompts. */
  readonly warm: ReadonlySet<BlockHash>;
  /** Bytes of the bodies whose prompts it holds, by the last block of each: what goes on from there repeats all of it. */
  readonly warmBytes?: ReadonlyMap<BlockHash, number> | undefined;
}

export interface ModelOnDisk {
  readonly name: ModelName;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** What is known of an agent's speed with a model: seconds and tokens per second, each with its uncertainty. */
export interface LearnedSpeed {
  readonly loadS: Estimate;
  readonly prefillTokensPerS: Estimate;
  readonly decodeTokensPerS: Estimate;
  /** Seconds before the first byte that neither load nor prefill explain: the way there and back, the template. */
  readonly overheadS?: number | undefined;
  /** Share of the prefill that a warm token saves; above 1 where the answers to earlier prompts are warm too. Undefined until it was measured. */
  readonly warmSaving?: number | undefined;
}

/** An agent as a balancer sees it. An absent figure was not reported; it is never zero. */
export interface AgentView {
  readonly id: AgentId;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: number;
  readonly weight: number;
  readonly models: ReadonlyMap<ModelName, ModelOnDisk>;
  readonly runners: readonly Runner[];
  readonly maxRunners?: number | undefined;
  /** VRAM that its runners may take together; what is loaded beyond it makes Ollama unload something. */
  readonly maxRunnerBytes?: number | undefined;
  /** Requests that one runner of this agent answers at the same time, also of a runner not loaded yet. */
  readonly slots: number;
  /** Requests in flight on all runners, of all replicas. */
  readonly inFlight: number;
  readonly speed: (model: ModelName, concurrency: number) => LearnedSpeed;
  /** Requests that the agent works on and no coordinator sent. */
  readonly foreign: number;
  readonly cpuLoad?: Ratio | undefined;
  readonly memoryLoad?: Ratio | undefined;
  readonly vramFreeBytes?: number | undefined;
  readonly firstByteMs?: number | undefined;
  /** Since when (monotonic clock) a request there waits for its first byte longer than a load and its prompt explain; may be to come. */
  readonly lateFromMs?: number | undefined;
  /**
   * Until when (monotonic clock) whatever comes to another runner of its waits: Ollama places one request after the other, and a second
   * one for a model that it loads waits there until that is loaded.
   */
  readonly heldUpUntilMs?: number | undefined;
  /**
   * How many times as long as expected a request that still runs there took until its first byte, where that was no chance. What is
   * measured of the agent says so only when the request has ended.
   */
  readonly slowness?: number | undefined;
  readonly heardMsAgo: number;
  readonly suspect: boolean;
}

/** An agent with its cost in seconds, and whether a slot is free for this request now. */
export interface Costed<A extends AgentView = AgentView> {
  readonly agent: A;
  readonly cost: number;
  readonly free: boolean;
}

/** `evict`: runners of that agent that should make room if the request's needs some, the first one first. */
export type Choice =
  | { readonly agent: AgentId; readonly why: string; readonly evict?: readonly RunnerSignature[] | undefined }
  | { readonly reject: true; readonly why: string };

/** One term of a cost, in seconds, under the name that a person reads. */
export interface CostPart {
  readonly name: string;
  readonly seconds: number;
}

export interface Assigned {
  readonly request: RequestFacts;
  readonly agent: AgentId;
  /** What it was chosen from, with the costs of the whole profile. Read at once: the list and its members are used again. */
  readonly candidates: readonly Costed[];
  readonly at: Moment;
}
export interface FirstByte {
  readonly request: RequestFacts;
  readonly agent: AgentId;
  readonly at: Instant;
  /** Since the assignment. */
  readonly firstByteMs: number;
}
export interface Settled {
  readonly request: RequestFacts;
  readonly agent: AgentId;
  readonly at: Instant;
  readonly outcome: 'completed' | 'failed' | 'cancelled' | 'busy';
  /** Since the assignment. */
  readonly totalMs: number;
  readonly promptTokens?: number;
  readonly outputTokens?: number;
}
export type FleetChange =
  | { readonly type: 'agent-left'; readonly agent: AgentId }
  | { readonly type: 'runner-unloaded'; readonly agent: AgentId; readonly signature: RunnerSignature };

export interface Balancer {
  /** Seconds (expected, or an equivalent penalty) of giving this request to this agent now; lower wins, Infinity = never. Pure. */
  cost?(request: RequestFacts, agent: AgentView, at: Moment): number;
  /**
   * Only where argmin is not the rule (two random choices, hashing, a turn). Rejects where none of `candidates` will do, none
   * at all included; must not keep them. Pure.
   */
  choose?(request: RequestFacts, candidates: readonly Costed[], at: Moment): Choice;
  /** The terms of `cost`, for people. Pure. */
  explain?(request: RequestFacts, agent: AgentView, at: Moment): readonly CostPart[];
  /** Called in the same synchronous step as the choice. */
  assigned?(event: Assigned): void;
  firstByte?(event: FirstByte): void;
  /** Called exactly once for each `assigned`. */
  settled?(event: Settled): void;
  fleet?(event: FleetChange): void;
  /** State for people and for tests. */
  inspect?(): JsonValue;
  close?(): void | Promise<void>;
}
