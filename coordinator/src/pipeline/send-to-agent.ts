import type { Assignment } from '../balancing/create-balancing.js';
import type { AnswerRelay } from '../forwarding/answer-relay.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { AnswerDeps, Exchange } from './exchange.js';
import { verdictOf } from './judge-attempt.js';
import { traceAttempt } from './trace-attempt.js';

/** What one agent is asked, and where its answer goes. */
export interface Question {
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly relay: AnswerRelay;
  readonly onFirstByte: () => void;
}

/** Forwards to the agent of an assignment, with the deadlines that fit the request, and judges the agent by what came of it. */
export async function sendToAgent(
  { context, request, record, cancellation }: Exchange,
  { agent, grantId, evict }: Assignment,
  question: Question,
  deps: AnswerDeps,
): Promise<AttemptResult> {
  const { signature } = request.facts;
  const { firstByteTimeoutMs, loadTimeoutMs, stallTimeoutMs } = deps.settings;
  const trace = record.trace && traceAttempt(record.trace, question.path, agent, record.attempts + 1);
  const result = await deps.forward(context.res, {
    path: question.path,
    stream: request.stream,
    body: question.body,
    contentType: question.contentType,
    accept: question.accept,
    relay: question.relay,
    onFirstByte: trace ? trace.marking(question.onFirstByte) : question.onFirstByte,
    trace: trace?.headers,
    onStarted: (end) => cancellation.onCancel(end),
    agent,
    token: deps.tokens.forAgent(agent.id, agent.incarnation),
    requestId: context.id,
    attempt: record.attempts + 1,
    signature,
    evict,
    grantId,
    firstByteTimeoutMs: firstByteTimeoutMs + (isLoaded(agent, signature) ? 0 : loadTimeoutMs),
    isWorking: request.stream ? undefined : () => deps.isWorking(agent.id, signature),
    stallTimeoutMs: request.usesTools ? Math.max(stallTimeoutMs, firstByteTimeoutMs) : stallTimeoutMs,
  });
  trace?.end(result);
  if (!cancellation.reason) deps.balancing.judge(agent.id, signature, verdictOf(result));
  return result;
}

function isLoaded(agent: AgentRecord, signature: string): boolean {
  return agent.runners.some((runner) => runner.signature === signature && runner.state === 'ready');
}
