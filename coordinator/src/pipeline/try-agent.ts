import type { Assignment } from '../balancing/create-balancing.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import { type Emitted, NOTHING_EMITTED, readEmitted } from '../forwarding/hand-over/emitted.js';
import { PassOn } from '../forwarding/pass-on.js';
import { headerText } from '../http/header-text.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { AnswerDeps, Exchange } from './exchange.js';
import { predictionOf, recordAttempt } from './record-attempt.js';
import { sendToAgent } from './send-to-agent.js';
import { tokensCharged } from './tokens-charged.js';

/** A stream or answer that had begun when its agent went away. */
export interface Broken extends Extract<AttemptResult, { kind: 'broken' }> {
  readonly agent: AgentRecord;
  readonly emitted: Emitted;
  /** Milliseconds from its first byte on. */
  readonly streamedMs: number;
}

export type TryResult = Exclude<AttemptResult, { kind: 'broken' }> | Broken;

/** One attempt: forwards the request to the agent that it was assigned to, and frees the slot whatever comes of it. */
export async function tryAgent(exchange: Exchange, assignment: Assignment, deps: AnswerDeps): Promise<TryResult> {
  const { context, request, record } = exchange;
  const { agent } = assignment;
  const why = whyOf(exchange, assignment);
  const assignedMs = deps.clock.monotonic();
  let firstByteMs: number | undefined;
  record.assigned(agent, why, predictionOf(assignment.began));
  const { relay, emitted } = watchedRelay(exchange, assignment, deps);
  const { path } = request.route;
  const { 'content-type': contentType, accept } = context.req.headers;
  const onFirstByte = () => {
    firstByteMs = deps.clock.monotonic();
    record.firstByte();
    assignment.firstByte(firstByteMs - assignedMs);
  };
  const result = await sendToAgent(exchange, assignment, { path, body: request.body, contentType, accept, relay, onFirstByte }, deps);
  const endedMs = deps.clock.monotonic();
  const times = {
    firstByteMs: firstByteMs === undefined ? undefined : firstByteMs - assignedMs,
    totalMs: endedMs - assignedMs,
    chunks: relay.chunks,
  };
  recordAttempt(exchange, assignment, result, times, deps);
  record.attempted(agent, result.kind, result.kind === 'failed' ? result.reached : result.kind !== 'busy');
  assignment.settle(settled(result, endedMs - assignedMs));
  if (result.kind === 'busy') deps.lines.turnedAway(assignment, request.facts.signature);
  else deps.lines.settled(assignment, tokensServed(result));
  exchange.permit?.charge(tokensCharged(result, request.facts.promptTokens, relay.chunks));
  return result.kind === 'broken' ? { ...result, agent, emitted: emitted(), streamedMs: endedMs - (firstByteMs ?? assignedMs) } : result;
}

/** What was decided about the request, then why this agent. */
function whyOf({ request: { notes } }: Exchange, { why }: Assignment): string {
  return notes.length === 0 ? why : `${notes.join('; ')}; ${why}`;
}

/** Passes the answer on to the client, and keeps what a hand-over needs where one may follow. */
function watchedRelay(exchange: Exchange, assignment: Assignment, { settings }: AnswerDeps) {
  const { context, request } = exchange;
  const shape = settings.handOver === 'auto' ? request.continuable : undefined;
  let read = NOTHING_EMITTED;
  const relay = new PassOn({
    res: context.res,
    answerHeaders: answerHeaders(exchange, assignment.agent, whyOf(exchange, assignment)),
    onRecords:
      shape &&
      ((records) => {
        read = readEmitted(read, records.toString('utf8'), shape);
      }),
  });
  const emitted = (): Emitted => {
    const isReadable = shape !== undefined && relay.flushRecords();
    return isReadable ? read : { ...read, state: 'closed' };
  };
  return { relay, emitted };
}

/** The attempt in the words of the balancer contract. */
export function settled(result: AttemptResult, totalMs: number): Parameters<Assignment['settle']>[0] {
  switch (result.kind) {
    case 'answered': {
      const { promptTokens, outputTokens } = result.figures;
      return {
        outcome: 'completed',
        totalMs,
        ...(promptTokens === undefined ? {} : { promptTokens }),
        ...(outputTokens === undefined ? {} : { outputTokens }),
      };
    }
    case 'busy':
      return { outcome: 'busy', totalMs };
    case 'client-left':
      return { outcome: 'cancelled', totalMs };
    default:
      return { outcome: 'failed', totalMs };
  }
}

/** What the caller got for it; undefined where nobody counted. */
export function tokensServed(result: AttemptResult): { readonly prompt: number; readonly output: number } | undefined {
  if (result.kind === 'busy' || result.kind === 'failed') return { prompt: 0, output: 0 };
  if (result.kind === 'client-left') return undefined;
  const { promptTokens, outputTokens } = result.figures;
  return promptTokens === undefined && outputTokens === undefined ? undefined : { prompt: promptTokens ?? 0, output: outputTokens ?? 0 };
}

function answerHeaders({ context, record }: Exchange, agent: AgentRecord, why: string): Record<string, string> {
  return {
    'x-coordinator-agent': headerText(agent.name),
    'x-coordinator-request-id': context.id,
    'x-coordinator-attempts': String(record.attempts + 1),
    'x-coordinator-queue-ms': record.queueMs.toFixed(0),
    'x-coordinator-why': headerText(why),
  };
}
