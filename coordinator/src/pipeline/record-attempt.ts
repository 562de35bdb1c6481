import { type Attempt, createIsoTime, type Prediction } from '@ollama-coordinator/common';
import type { Assignment, Began } from '../balancing/create-balancing.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import type { FinalFigures } from '../forwarding/stream-end.js';
import { tenth } from '../recording/describe-request.js';
import { vramBytes } from '../registry/vram-bytes.js';
import type { AnswerDeps, Exchange } from './exchange.js';

const toIso = createIsoTime();

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
  // Made for each attempt: fields that may be missing are added one by one, since a spread for each would make an object more.
  const attempt: Attempt = {
    request_id: context.id,
    attempt: record.attempts + 1,
    at: toIso(clock.now()),
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
    body_bytes: facts.bodyBytes,
    runner: began.runner,
    in_flight: began.inFlight,
    in_flight_after: assignment.inFlightBeside(),
    model_bytes: onDisk?.size_bytes ?? 0,
    vram_bytes: vramBytes(agent),
    total_ms: tenth(totalMs),
    predicted: predictionOf(began),
  };
  if (outputLimit !== undefined) attempt.output_limit = outputLimit;
  if (firstByteMs !== undefined) attempt.first_byte_ms = tenth(firstByteMs);
  if (chunks > 0) attempt.chunks = chunks;
  if (facts.prefixTokens !== undefined) {
    attempt.warm_tokens = Math.round(began.expected.warmTokens);
    attempt.prefix = [...facts.prefix];
  }
  // What a continuation's final record counts is not this request's prompt and answer.
  if (continues) attempt.continues = continues;
  else if (result.kind === 'answered') addFigures(attempt, result.figures);
  onAttempt(attempt);
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

function addFigures(attempt: Attempt, { loadMs, prefillMs, decodeMs, promptTokens, outputTokens }: FinalFigures): void {
  if (promptTokens !== undefined) attempt.prompt_tokens = promptTokens;
  if (outputTokens !== undefined) attempt.output_tokens = outputTokens;
  if (loadMs !== undefined) attempt.load_ms = loadMs;
  if (prefillMs !== undefined) attempt.prefill_ms = prefillMs;
  if (decodeMs !== undefined) attempt.decode_ms = decodeMs;
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
