import type { ServerResponse } from 'node:http';
import { AppError, type Clock, createCoarseTimers, describeCause, FORWARD_HEADERS } from '@ollama-coordinator/common';
import { routeNeedsOllama } from '../routing/route-support.js';
import { createAgentTargets } from './agent-target.js';
import { type AnswerHead, headerOf } from './answer-relay.js';
import type { Attempt } from './attempt.js';
import { AttemptSink } from './attempt-sink.js';
import { startFirstByteDeadline } from './first-byte-deadline.js';
import { upstreamHeaders } from './forwarded-headers.js';
import type { Send } from './send-by-proxy.js';
import { type FinalFigures, finalFigures } from './stream-end.js';
import { wasReached } from './was-reached.js';
import { watchForStall } from './watch-for-stall.js';

/** How one attempt on one agent ended. */
export type AttemptResult =
  | { readonly kind: 'answered'; readonly head: AnswerHead; readonly tail: string; readonly figures: FinalFigures }
  /** The agent's gate was full; Ollama saw nothing. */
  | { readonly kind: 'busy' }
  /** Nothing was sent to the client. `reached`: whether Ollama may have seen the request. */
  | {
      readonly kind: 'failed';
      readonly reached: boolean;
      readonly error: AppError;
      readonly answer?: { readonly head: AnswerHead; readonly body: Buffer };
    }
  /** The answer had begun. */
  | { readonly kind: 'broken'; readonly head: AnswerHead; readonly tail: string; readonly figures: FinalFigures }
  | { readonly kind: 'client-left' };

export type ForwardAttempt = (res: ServerResponse, attempt: Attempt) => Promise<AttemptResult>;

/** Answers that say nothing about the request itself, so that another agent may do better. */
const RETRYABLE_STATUS = new Set([500, 502, 503, 504]);

/** Agents' own errors before Ollama can have seen the request. A restarted agent refuses tokens for the start before. */
const REFUSALS = new Set(['OLLAMA_UNREACHABLE', 'BAD_AGENT_TOKEN']);

function isForClient(head: AnswerHead): boolean {
  return (
    !RETRYABLE_STATUS.has(head.status) &&
    !isRedirect(head) &&
    headerOf(head, FORWARD_HEADERS.error) !== 'BAD_AGENT_TOKEN' &&
    !lacksRoute(head)
  );
}

/** Ollama redirects nobody here; whoever does is no Ollama, and a client must not follow. */
function isRedirect({ status }: AnswerHead): boolean {
  return status < 200 || (status >= 300 && status < 400);
}

/** What Ollama's router says; of a model that it does not have its handlers speak JSON. */
function lacksRoute(head: AnswerHead): boolean {
  return head.status === 404 && headerOf(head, 'content-type')?.startsWith('text/plain') === true;
}

export interface ForwardDeps {
  readonly clock: Clock;
  readonly send: Send;
}

/** One attempt from its request to its result, however it is sent. */
export function createForward({ clock, send }: ForwardDeps): ForwardAttempt {
  const targetOf = createAgentTargets();
  const timers = createCoarseTimers(clock);

  return async (res, attempt) => {
    if (res.destroyed) return { kind: 'client-left' };
    let timedOut = false;
    const sink = new AttemptSink(res, {
      accept: isForClient,
      relay: attempt.relay,
      onFirstByte: () => {
        deadline.cancel();
        deadline = watchForStall(sink, attempt.stallTimeoutMs, timers);
        attempt.onFirstByte();
      },
    });
    let deadline = startFirstByteDeadline({
      clock: timers,
      timeoutMs: attempt.firstByteTimeoutMs,
      isWorking: attempt.isWorking,
      onMissed: () => {
        timedOut = true;
        sink.destroy();
      },
    });
    attempt.onStarted?.(() => sink.destroy());
    let failure: unknown;
    try {
      const { path, stream, body } = attempt;
      await send({ path, stream, headers: upstreamHeaders(attempt), body }, sink, targetOf(attempt.agent.address));
    } catch (caught) {
      failure = caught;
    }
    deadline.cancel();
    if (!sink.destroyed) sink.destroy();
    return readResult({ res, attempt, sink, timedOut, failure });
  };
}

interface Ended {
  readonly res: ServerResponse;
  readonly attempt: Attempt;
  readonly sink: AttemptSink;
  readonly timedOut: boolean;
  readonly failure: unknown;
}

function readResult({ res, attempt, sink, timedOut, failure }: Ended): AttemptResult {
  if (sink.committed && sink.writableFinished) return endOf(sink, attempt, 'answered');
  if (res.destroyed || res.closed) return { kind: 'client-left' };
  if (sink.committed) return endOf(sink, attempt, 'broken');
  const agent = attempt.agent.name;
  if (timedOut) {
    const error = new AppError('FIRST_BYTE_TIMEOUT', { details: { agent, waited_ms: attempt.firstByteTimeoutMs } });
    return { kind: 'failed', reached: true, error };
  }
  if (sink.writableFinished) {
    if (headerOf(sink.head, FORWARD_HEADERS.busy) !== undefined) return { kind: 'busy' };
    if (lacksRoute(sink.head)) return { kind: 'failed', reached: false, error: routeNeedsOllama(attempt.path, [attempt.agent]) };
    const agentsError = headerOf(sink.head, FORWARD_HEADERS.error);
    const error = new AppError('AGENT_FAILED', { details: { agent, cause: agentsError ?? `status ${sink.head.status}` } });
    if (agentsError !== undefined) return { kind: 'failed', reached: !REFUSALS.has(agentsError), error };
    if (isRedirect(sink.head)) return { kind: 'failed', reached: true, error };
    return { kind: 'failed', reached: true, error, answer: { head: sink.head, body: Buffer.concat(sink.held) } };
  }
  const reached = wasReached(failure);
  const details = { agent, cause: failure === undefined ? 'it closed the connection' : describeCause(failure) };
  return { kind: 'failed', reached, error: new AppError(reached ? 'AGENT_FAILED' : 'AGENT_UNREACHABLE', { details, cause: failure }) };
}

/** What the client has had of an answer. The figures are read once, here, for everyone who settles it. */
function endOf<Kind extends 'answered' | 'broken'>(sink: AttemptSink, { relay }: Attempt, kind: Kind) {
  const tail = relay.tail();
  return { kind, head: sink.head, tail, figures: finalFigures(tail) };
}
