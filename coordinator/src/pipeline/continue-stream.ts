import type { Assignment } from '../balancing/create-balancing.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import { createCollect } from '../forwarding/hand-over/collect.js';
import type { Continuation } from '../forwarding/hand-over/continuation.js';
import { continuationRequest, rawPrompt, readRendered, renderRequest } from '../forwarding/hand-over/continuation-request.js';
import type { StreamShape } from '../forwarding/hand-over/stream-shape.js';
import type { AnswerDeps, Exchange } from './exchange.js';
import { predictionOf, recordAttempt } from './record-attempt.js';
import { sendToAgent } from './send-to-agent.js';
import { settled, tokensServed } from './try-agent.js';

/** A stream that another agent shall go on with. */
export interface OpenStream {
  readonly shape: StreamShape;
  /** The request as it came, parsed. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly continuation: Continuation;
  /** The rendered prompt, once an agent has rendered it. */
  prompt: string | undefined;
}

/** refused: the agent could not be reached, so the request did nothing to it. */
export type ContinueResult = 'ended' | 'busy' | 'client-left' | 'refused' | 'failed';

/** Has one agent render the prompt and go on behind what the client has. One attempt, in one slot, settled once. */
export async function continueStream(
  exchange: Exchange,
  stream: OpenStream,
  assignment: Assignment,
  deps: AnswerDeps,
): Promise<ContinueResult> {
  const { record } = exchange;
  const { agent, why } = assignment;
  const assignedMs = deps.clock.monotonic();
  const tokensBefore = stream.continuation.emitted.tokens;
  record.assigned(agent, `${why}, to continue the stream`, predictionOf(assignment.began));
  const result = (await render(exchange, stream, assignment, deps)) ?? (await generate(exchange, stream, assignment, deps));
  const times = { firstByteMs: undefined, totalMs: deps.clock.monotonic() - assignedMs, chunks: 0, continues: true } as const;
  recordAttempt(exchange, assignment, result, times, deps);
  record.attempted(agent, result.kind, result.kind === 'failed' ? result.reached : result.kind !== 'busy');
  const { figures } = stream.continuation;
  const outcome = settled(result, deps.clock.monotonic() - assignedMs);
  assignment.settle(outcome.outcome === 'completed' && figures === undefined ? { ...outcome, outcome: 'failed' } : outcome);
  if (result.kind === 'busy') deps.lines.turnedAway(assignment, exchange.request.facts.signature);
  else if (figures) deps.lines.settled(assignment, { prompt: figures.promptTokens ?? 0, output: figures.outputTokens ?? 0 });
  else deps.lines.settled(assignment, tokensServed(result));
  // What came before was charged with the attempt that broke off.
  exchange.permit?.charge(Math.max(0, (figures?.outputTokens ?? stream.continuation.emitted.tokens) - tokensBefore));
  if (figures !== undefined) return 'ended';
  if (result.kind === 'busy' || result.kind === 'client-left') return result.kind;
  return result.kind === 'failed' && !result.reached ? 'refused' : 'failed';
}

/** JSON may write a character of the request in six. */
const RENDERED_PER_BYTE = 8;
const RENDERED_BYTES = 65_536;

/** Undefined when the prompt is known; how the attempt ended otherwise. */
async function render(
  exchange: Exchange,
  stream: OpenStream,
  assignment: Assignment,
  deps: AnswerDeps,
): Promise<AttemptResult | undefined> {
  stream.prompt ??= rawPrompt(stream.shape, stream.fields);
  if (stream.prompt !== undefined) return undefined;
  const relay = createCollect(RENDERED_BYTES + RENDERED_PER_BYTE * exchange.request.body.length);
  const question = { ...renderRequest(stream.shape, stream.fields), ...JSON_QUESTION, relay, onFirstByte: () => {} };
  const result = await sendToAgent(exchange, assignment, question, deps);
  const body = result.kind === 'answered' ? relay.body() : undefined;
  stream.prompt = body && readRendered(body);
  return stream.prompt === undefined ? result : undefined;
}

function generate(exchange: Exchange, stream: OpenStream, assignment: Assignment, deps: AnswerDeps): Promise<AttemptResult> {
  const { shape, fields, continuation, prompt = '' } = stream;
  const startedMs = deps.clock.monotonic();
  const onFirstByte = () => {
    exchange.record.continued();
    assignment.firstByte(deps.clock.monotonic() - startedMs);
  };
  const request = continuationRequest(shape, fields, prompt, continuation.emitted);
  return sendToAgent(exchange, assignment, { ...request, ...JSON_QUESTION, relay: continuation.relay(), onFirstByte }, deps);
}

const JSON_QUESTION = { contentType: 'application/json', accept: undefined } as const;
