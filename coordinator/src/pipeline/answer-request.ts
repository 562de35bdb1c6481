import { AppError } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import { ClientLeft } from '../http/read-body.js';
import { endCancelled, giveUp, settleAnswered } from './end-request.js';
import type { AnswerDeps, Exchange } from './exchange.js';
import { handOver } from './hand-over.js';
import { type MadeAttempt, makeAttempt } from './make-attempt.js';

/** A request that brought down this many agents is not sent to another. */
const MAX_KILLS = 2;

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/**
 * Tries agents until one answers. An attempt is counted when Ollama may have seen the request; a full gate or a refused
 * connection costs nothing. Throws an AppError, or ClientLeft, while nothing has been sent to the client.
 */
export async function answerRequest(exchange: Exchange, deps: AnswerDeps): Promise<void> {
  const { record } = exchange;
  const exclude = new Set<AgentId>();
  const mostAttempts = record.attempts + deps.settings.maxAttempts;
  let kills = 0;
  let last: Failed | undefined;
  while (record.attempts < mostAttempts && kills < MAX_KILLS) {
    let made: MadeAttempt;
    try {
      made = await makeAttempt(exchange, exclude, deps);
    } catch (failure) {
      const isOver = failure instanceof ClientLeft || exchange.cancellation.reason !== undefined;
      if (last && !isOver && (last.answer || !isTurnedAway(failure))) break;
      throw failure;
    }
    const { assignment, result } = made;
    if (exchange.cancellation.reason && result.kind !== 'answered') return endCancelled(exchange, result, exchange.cancellation.reason);
    switch (result.kind) {
      case 'answered':
        return settleAnswered(exchange, result);
      case 'broken':
        return handOver(exchange, result, deps);
      case 'client-left':
        throw new ClientLeft();
      case 'busy':
        break;
      case 'failed':
        exclude.add(assignment.agent.id);
        last = result;
        if (broughtDown(result)) kills += 1;
    }
  }
  if (last) giveUp(exchange, last);
}

/** Whether the agent or its Ollama went away over the request, rather than answering an error or being slow. */
function broughtDown({ reached, answer, error }: Failed): boolean {
  return reached && answer === undefined && error.code !== 'FIRST_BYTE_TIMEOUT';
}

/** Agents that could serve it are full: no verdict on the request, and the client is told when to come back. */
function isTurnedAway(failure: unknown): boolean {
  return failure instanceof AppError && (failure.code === 'QUEUE_FULL' || failure.code === 'QUEUE_TIMEOUT');
}
