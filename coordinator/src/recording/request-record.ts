import type { Clock, Logger, Prediction, Request, RequestStatus } from '@ollama-coordinator/common';
import type { QueuePlace } from '../admission/waiting-lines.js';
import type { Caller } from '../credentials/caller.js';
import type { FinalFigures } from '../forwarding/stream-end.js';
import type { RequestContext } from '../http/request-context.js';
import type { InferenceRoute } from '../http/routes.js';
import type { Metrics } from '../metrics/metrics.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { InferenceRequest } from '../routing/inference-request.js';
import { createShowLive } from './show-live.js';

/** Where settled requests go, and where a change of a live one is shown. */
export interface RecordingOptions {
  readonly replicaId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Keeps a settled request; never waits. */
  readonly keep: (request: Request) => void;
  /** Counts a settled request for the key that it came with; never waits. */
  readonly countUsage: (caller: Caller, request: Request) => void;
  /** Shows a request that began, was assigned or settled. */
  readonly show: (request: Request) => void;
}

/** One request on its way: what is known so far, and how it ends, exactly once. */
export interface RequestRecord {
  accepted(request: InferenceRequest): void;
  /** It waits at this place of its line. */
  queued(place: Pick<QueuePlace, 'position' | 'expectedWaitMs'>): void;
  /** `predicted`: what is expected of the agent from here on. */
  assigned(agent: AgentRecord, why: string, predicted: Prediction): void;
  attempted(agent: AgentRecord, result: string, reached: boolean): void;
  firstByte(): void;
  /** Another agent goes on with the stream. */
  continued(): void;
  /** What became of a stream whose agent went away. */
  handedOver(result: HandOverResult): void;
  settle(status: RequestStatus, details: SettleDetails): void;
  readonly attempts: number;
  /** Milliseconds spent waiting for a slot so far. */
  readonly queueMs: number;
}

/** `impossible`: it holds more than text, or nobody may continue it. `failed`: nobody did. */
export type HandOverResult = 'completed' | 'failed' | 'cancelled' | 'impossible';

export interface SettleDetails extends FinalFigures {
  readonly httpStatus: number;
  readonly errorCode?: string;
  readonly cause?: unknown;
}

export type BeginRecord = (context: RequestContext, route: InferenceRoute) => RequestRecord;

/** Exactly one outcome per request: a log line, metrics, the history and the dashboard. */
export function createRecording({ replicaId, clock, log, metrics, keep, countUsage, show }: RecordingOptions): BeginRecord {
  const live = createShowLive({ clock, show });
  return (context, route) => {
    const progress: Progress = { model: '', stream: false, attempts: 0, queueMs: 0, handovers: 0 };
    let waitingSinceMs = context.startedMs;
    let settled = false;
    const sinceStart = () => clock.monotonic() - context.startedMs;
    const describe = (status: RequestStatus, details: SettleDetails = { httpStatus: 0 }) =>
      describeRequest({ context, route, replicaId, progress, totalMs: sinceStart() }, status, details);

    return {
      get attempts() {
        return progress.attempts;
      },
      get queueMs() {
        return progress.queueMs;
      },
      accepted: (request) => {
        progress.model = request.facts.model;
        progress.signature = request.facts.signature;
        progress.session = request.facts.session;
        progress.stream = request.stream;
        live.changed(context.id, () => describe('queued'));
      },
      queued: (given) => {
        progress.place = given;
        live.changed(context.id, () => describe('queued'));
      },
      assigned: (chosen, reason, predicted) => {
        progress.agent = chosen;
        progress.why = reason;
        progress.predicted = { ...predicted, fromMs: sinceStart() };
        progress.queueMs += clock.monotonic() - waitingSinceMs;
        live.changed(context.id, () => describe('running'));
      },
      attempted: (tried, result, reached) => {
        if (reached) progress.attempts += 1;
        waitingSinceMs = clock.monotonic();
        metrics.attempts.inc({ agent: tried.name, result });
      },
      firstByte: () => {
        progress.firstByteMs = sinceStart();
      },
      continued: () => {
        progress.handovers += 1;
      },
      handedOver: (result) => metrics.handovers.inc({ result }),
      settle: (status, details) => {
        if (settled) return;
        settled = true;
        const { cause } = details;
        const request = describe(status, details);
        live.settled(context.id);
        count(metrics, request);
        log.info({ ...request, ...(cause === undefined ? {} : { err: cause }) }, 'request settled');
        keep(request);
        countUsage(context.caller, request);
        show(request);
      },
    };
  };
}

/** What is known of a request so far. */
interface Progress {
  model: string;
  signature?: string;
  session?: string | undefined;
  stream: boolean;
  attempts: number;
  queueMs: number;
  handovers: number;
  agent?: AgentRecord;
  why?: string;
  /** `fromMs`: when the agent was chosen, from the request's arrival. */
  predicted?: Prediction & { readonly fromMs: number };
  place?: Pick<QueuePlace, 'position' | 'expectedWaitMs'>;
  firstByteMs?: number;
}

interface Described {
  readonly context: RequestContext;
  readonly route: InferenceRoute;
  readonly replicaId: string;
  readonly progress: Readonly<Progress>;
  readonly totalMs: number;
}

function describeRequest(
  { context, route, replicaId, progress, totalMs }: Described,
  status: RequestStatus,
  details: SettleDetails,
): Request {
  const { model, signature = model, session, stream, agent, why, attempts, handovers, queueMs, place, firstByteMs, predicted } = progress;
  const { httpStatus, errorCode, loadMs, prefillMs, decodeMs, promptTokens, outputTokens } = details;
  return {
    id: context.id,
    status,
    received_at: new Date(context.receivedAtMs).toISOString(),
    path: route.path,
    api: route.shape,
    operation: route.operation,
    model,
    ...(signature === model ? {} : { signature }),
    caller: context.caller.id,
    ...(session === undefined ? {} : { session }),
    stream,
    replica: replicaId,
    ...(agent === undefined ? {} : { agent_id: agent.id, agent_name: agent.name }),
    ...(why === undefined ? {} : { why }),
    attempts,
    ...(handovers === 0 ? {} : { handovers }),
    queue_ms: round(queueMs),
    ...(status === 'queued' && place ? { queue_position: place.position, expected_wait_ms: Math.round(place.expectedWaitMs) } : {}),
    ...(firstByteMs === undefined ? {} : { first_byte_ms: round(firstByteMs) }),
    ...(predicted && {
      predicted_first_byte_ms: round(predicted.fromMs + predicted.first_byte_ms),
      predicted_total_ms: round(predicted.fromMs + predicted.total_ms),
    }),
    total_ms: round(totalMs),
    ...(loadMs === undefined ? {} : { load_ms: round(loadMs) }),
    ...(prefillMs === undefined ? {} : { prefill_ms: round(prefillMs) }),
    ...(decodeMs === undefined ? {} : { decode_ms: round(decodeMs) }),
    ...(promptTokens === undefined ? {} : { prompt_tokens: promptTokens }),
    ...(outputTokens === undefined ? {} : { output_tokens: outputTokens }),
    http_status: httpStatus,
    ...(errorCode === undefined ? {} : { error_code: errorCode }),
  };
}

function count(metrics: Metrics, request: Request): void {
  const model = request.agent_id === undefined ? '' : request.model;
  const labels = { agent: request.agent_name ?? '', model };
  metrics.requests.inc({ ...labels, status: request.status });
  metrics.durationS.observe(labels, request.total_ms / 1000);
  metrics.queueS.observe({ model }, request.queue_ms / 1000);
  if (request.first_byte_ms !== undefined) metrics.firstByteS.observe(labels, request.first_byte_ms / 1000);
  if (request.load_ms !== undefined && request.load_ms > 100) metrics.loadS.observe(labels, request.load_ms / 1000);
  if (request.prompt_tokens !== undefined) metrics.promptTokens.inc(labels, request.prompt_tokens);
  if (request.output_tokens !== undefined) metrics.outputTokens.inc(labels, request.output_tokens);
}

/** A tenth of a millisecond is as exact as a request's times are. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
