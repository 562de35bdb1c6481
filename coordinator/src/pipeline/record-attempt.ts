import type { Attempt, Prediction } from '@ollama-coordinator/common';
import type { Assignment, Began } from '../balancing/create-balancing.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import type { FinalFigures } from '../forwarding/stream-end.js';
import { vramBytes } from '../registry/vram-bytes.js';
import type { AnswerDeps, Exchange } from './exchange.js';

/** How one attempt went, in time. Milliseconds from its assignment. */
export interface AttemptTimes {
  /** Undefined where no byte came. */
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
  /** Pieces of the answer that were passed on. */
  readonly chunks: number;
  /** It went on with a stream that another agent had begun. */
  readonly continues?: true;
}

/** Keeps the record of an attempt, if it reached an Ollama. Called before it counts as made. */
export function recordAttempt(
  { context, request, record }: Exchange,
  assignment: Assignment,
  result: AttemptResult,
  { firstByteMs, totalMs, chunks, continues }: AttemptTimes,
  { clock, onAttempt, replicaId }: AnswerDeps,
): void {
  const outcome = outcomeOf(result);
  if (outcome === undefined) return;
  const { agent, began } = assignment;
  const { facts, stream, outputLimit } = request;
  const onDisk = agent.models.get(facts.model);
  const { warmTokens } = began.expected;
  onAttempt({
    request_id: context.id,
    attempt: record.attempts + 1,
    at: new Date(clock.now()).toISOString(),
    replica: replicaId,
    agent_id: agent.id,
    agent_name: agent.name,
    model: facts.model,
    digest: onDisk?.digest ?? '',
    signature: facts.signature,
    operation: facts.operation,
    caller: facts.caller,
    stream,
    outcome,
    ...(continues ? { continues } : {}),
    body_bytes: facts.bodyBytes,
    ...(outputLimit === undefined ? {} : { output_limit: outputLimit }),
    runner: began.runner,
    in_flight: began.inFlight,
    in_flight_after: assignment.inFlightBeside(),
    ...(facts.prefixTokens === undefined ? {} : { warm_tokens: Math.round(warmTokens), prefix: [...facts.prefix] }),
    model_bytes: onDisk?.size_bytes ?? 0,
    vram_bytes: vramBytes(agent),
    // What a continuation's final record counts is not this request's prompt and answer.
    ...(continues ? {} : figuresOf(result)),
    ...(firstByteMs === undefined ? {} : { first_byte_ms: tenth(firstByteMs) }),
    total_ms: tenth(totalMs),
    ...(chunks > 0 ? { chunks } : {}),
    predicted: predictionOf(began),
  });
}

/** Undefined where no Ollama received it. */
function outcomeOf(result: AttemptResult): Attempt['outcome'] | undefined {
  switch (result.kind) {
    case 'answered':
      return result.head.status < 400 ? 'completed' : 'failed';
    case 'client-left':
      return 'cancelled';
    case 'busy':
      return undefined;
    case 'failed':
      return result.reached ? 'failed' : undefined;
    default:
      return 'failed';
  }
}

function figuresOf(result: AttemptResult): Partial<Attempt> {
  if (result.kind !== 'answered') return {};
  const { loadMs, prefillMs, decodeMs, promptTokens, outputTokens }: FinalFigures = result.figures;
  return {
    ...(promptTokens === undefined ? {} : { prompt_tokens: promptTokens }),
    ...(outputTokens === undefined ? {} : { output_tokens: outputTokens }),
    ...(loadMs === undefined ? {} : { load_ms: loadMs }),
    ...(prefillMs === undefined ? {} : { prefill_ms: prefillMs }),
    ...(decodeMs === undefined ? {} : { decode_ms: decodeMs }),
  };
}

export function predictionOf({ expected, promptTokens, outputTokens }: Began): Prediction {
  const { loadS, prefillS, decodeS, overheadS } = expected;
  const firstByteS = loadS + prefillS + overheadS;
  return {
    load_ms: tenth(1000 * loadS),
    prefill_ms: tenth(1000 * prefillS),
    decode_ms: tenth(1000 * decodeS),
    first_byte_ms: tenth(1000 * firstByteS),
    total_ms: tenth(1000 * (firstByteS + decodeS)),
    prompt_tokens: Math.round(promptTokens),
    output_tokens: Math.round(outputTokens),
  };
}

/** A tenth of a millisecond is as exact as these times are. */
function tenth(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
