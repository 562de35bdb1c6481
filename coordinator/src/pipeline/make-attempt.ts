import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { RetryPermit } from '../admission/retry-budget.js';
import type { Assignment } from '../balancing/create-balancing.js';
import { ClientLeft } from '../http/read-body.js';
import { acquireSlot } from './acquire-slot.js';
import type { AnswerDeps, Exchange } from './exchange.js';
import { type TryResult, tryAgent } from './try-agent.js';

export interface MadeAttempt {
  readonly assignment: Assignment;
  readonly result: TryResult;
}

/**
 * Waits for the right to try, where the request reached an Ollama before, then for a slot, and tries. Throws why there is
 * neither, or ClientLeft.
 */
export async function makeAttempt(exchange: Exchange, exclude: ReadonlySet<AgentId>, deps: AnswerDeps): Promise<MadeAttempt> {
  const { record } = exchange;
  const before = record.attempts;
  const permit = before === 0 ? undefined : await reserveRetry(exchange, deps);
  try {
    const assignment = await waitForSlot(exchange, exclude, deps);
    return { assignment, result: await tryAgent(exchange, assignment, deps) };
  } finally {
    permit?.settle(record.attempts > before);
  }
}

async function waitForSlot(exchange: Exchange, exclude: ReadonlySet<AgentId>, deps: AnswerDeps): Promise<Assignment> {
  const span = exchange.record.trace?.child('queue');
  try {
    return await acquireSlot(exchange, exclude, deps);
  } finally {
    span?.end();
  }
}

/** While the budget is spent the request waits, as long as it may wait for a slot. */
async function reserveRetry({ context, record, cancellation }: Exchange, { retries, settings }: AnswerDeps): Promise<RetryPermit> {
  const { res } = context;
  if (res.destroyed) throw new ClientLeft();
  let abandon = (_reason: Error) => {};
  const onClientGone = () => abandon(new ClientLeft());
  res.once('close', onClientGone);
  try {
    return await retries.reserve(settings.queueTimeoutMs - record.queueMs, (given) => {
      abandon = given;
      cancellation.onCancel(abandon);
    });
  } finally {
    res.off('close', onClientGone);
  }
}
