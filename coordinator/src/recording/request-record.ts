import {
  type Clock,
  createIsoTime,
  createRecordLog,
  type Logger,
  type Prediction,
  type RecordLog,
  type Request,
  type RequestStatus,
  type TraceSpan,
  type Tracing,
} from '@ollama-coordinator/common';
import type { QueuePlace } from '../admission/waiting-lines.js';
import type { Caller } from '../credentials/caller.js';
import type { RequestContext } from '../http/request-context.js';
import type { InferenceRoute } from '../http/routes.js';
import type { Metrics } from '../metrics/metrics.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { InferenceRequest } from '../routing/inference-request.js';
import { describeRequest, type Progress, type SettleDetails } from './describe-request.js';
import { createShowLive, type Showable, type ShowLive } from './show-live.js';
import { endTrace, traceRequest } from './trace-request.js';

/** Where settled requests go, and where a change of a live one is shown. */
export interface RecordingOptions {
  readonly replicaId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'ofRequests' | 'handovers'>;
  /** Keeps a settled request, also given as JSON; never waits. */
  readonly keep: (request: Request, json: string) => void;
  /** Counts a settled request for the key that it came with; never waits. */
  readonly countUsage: (caller: Caller, request: Request) => void;
  /** Undefined: requests are not traced. */
  readonly tracing?: Tracing | undefined;
  /** Shows a request that began, was assigned or settled. */
  readonly show: (request: Request) => void;
}

/** `impossible`: it holds more than text, or nobody may continue it. `failed`: nobody did. */
export type HandOverResult = 'completed' | 'failed' | 'cancelled' | 'impossible';

export interface Recording {
  begin(context: RequestContext, route: InferenceRoute): RequestRecord;
  /** Writes out what is not written yet. */
  close(): void;
}

/** Exactly one outcome per request: a log line, metrics, the history, the dashboard, and the end of its trace. */
export function createRecording(options: RecordingOptions): Recording {
  const { clock, log } = options;
  const shared = { ...options, toIso: createIsoTime(), recordLog: createRecordLog(log, clock), showSoon: createShowLive(options) };
  return { begin: (context, route) => new RequestRecord(context, route, shared), close: () => shared.recordLog.close() };
}

interface Shared extends RecordingOptions {
  readonly toIso: (wallMs: number) => string;
  readonly recordLog: RecordLog;
  readonly showSoon: ShowLive;
}

/**
 * One request on its way: what is known so far, and how it ends, exactly once. It may outlive its request by a moment in
 * lists of what is to be shown, so it keeps nothing of the connection.
 */
export class RequestRecord implements Showable {
  isSettled = false;
  isDue = false;
  /** Its span, of which what is done for it are parts; undefined where it is not traced. */
  readonly trace: TraceSpan | undefined;
  readonly #shared: Shared;
  readonly #caller: Caller;
  readonly #startedMs: number;
  readonly #progress: Progress;
  #waitingSinceMs: number;
  #status: 'queued' | 'running' = 'queued';

  constructor({ id, caller, receivedAtMs, startedMs, req }: RequestContext, route: InferenceRoute, shared: Shared) {
    this.#shared = shared;
    this.trace = shared.tracing && traceRequest(shared.tracing, route, req.headers);
    this.#caller = caller;
    this.#startedMs = startedMs;
    this.#waitingSinceMs = startedMs;
    this.#progress = {
      id,
      receivedAt: shared.toIso(receivedAtMs),
      route,
      callerId: caller.id,
      replicaId: shared.replicaId,
      model: '',
      signature: '',
      session: undefined,
      stream: false,
      attempts: 0,
      queueMs: 0,
      handovers: 0,
      agent: undefined,
      why: undefined,
      predicted: undefined,
      predictedAtMs: 0,
      place: undefined,
      firstByteMs: undefined,
    };
  }

  get attempts(): number {
    return this.#progress.attempts;
  }

  /** Milliseconds spent waiting for a slot so far. */
  get queueMs(): number {
    return this.#progress.queueMs;
  }

  accepted({ facts, stream }: Pick<InferenceRequest, 'facts' | 'stream'>): void {
    const progress = this.#progress;
    progress.model = facts.model;
    progress.signature = facts.signature;
    progress.session = facts.session;
    progress.stream = stream;
    this.#shared.showSoon(this);
  }

  /** It waits at this place of its line. */
  queued({ position, expectedWaitMs }: Pick<QueuePlace, 'position' | 'expectedWaitMs'>): void {
    this.#progress.place = { position, expectedWaitMs };
    this.#status = 'queued';
    this.#shared.showSoon(this);
  }

  /** `predicted`: what is expected of the agent from here on. */
  assigned(agent: AgentRecord, why: string, predicted: Prediction): void {
    const progress = this.#progress;
    progress.agent = agent;
    progress.why = why;
    progress.predicted = predicted;
    progress.predictedAtMs = this.#sinceStart();
    progress.queueMs += this.#shared.clock.monotonic() - this.#waitingSinceMs;
    this.#status = 'running';
    this.#shared.showSoon(this);
  }

  attempted(agent: AgentRecord, result: string, reached: boolean): void {
    if (reached) this.#progress.attempts += 1;
    this.#waitingSinceMs = this.#shared.clock.monotonic();
    this.#shared.metrics.ofRequests.attempted(agent.name, result);
  }

  firstByte(): void {
    this.#progress.firstByteMs = this.#sinceStart();
  }

  /** Another agent goes on with the stream. */
  continued(): void {
    this.#progress.handovers += 1;
  }

  /** What became of a stream whose agent went away. */
  handedOver(result: HandOverResult): void {
    this.#shared.metrics.handovers.inc({ result });
  }

  describe(): Request {
    return describeRequest(this.#progress, this.#status, this.#sinceStart());
  }

  settle(status: RequestStatus, details: SettleDetails): void {
    if (this.isSettled) return;
    this.isSettled = true;
    const { metrics, log, recordLog, keep, countUsage, show } = this.#shared;
    const request = describeRequest(this.#progress, status, this.#sinceStart(), details);
    const json = JSON.stringify(request);
    metrics.ofRequests.settled(request);
    if (details.cause === undefined) recordLog.write(json, SETTLED);
    else log.info({ ...request, err: details.cause }, SETTLED);
    if (this.trace) endTrace(this.trace, request);
    keep(request, json);
    countUsage(this.#caller, request);
    show(request);
  }

  #sinceStart(): number {
    return this.#shared.clock.monotonic() - this.#startedMs;
  }
}

const SETTLED = 'request settled';
