import type { Clock, RuntimeValues } from '@ollama-coordinator/common';
import { expectedCost, type Line } from '../../admission/lines.js';
import type { RetryBudget } from '../../admission/retry-budget.js';
import type { WaitingLines } from '../../admission/waiting-lines.js';
import type { CancelAnywhere } from '../../pipeline/cancel-anywhere.js';
import type { ApiHandlers } from '../api-app.js';

export interface QueueHandlersDeps {
  readonly lines: Pick<WaitingLines, 'list' | 'waiting'>;
  readonly retries: Pick<RetryBudget, 'inspect'>;
  readonly cancelAnywhere: Pick<CancelAnywhere, 'cancel'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly replicaId: string;
  readonly settings: Readonly<Pick<RuntimeValues, 'queueLimit'>>;
}

/** Of a longer line only the first are listed. */
const MOST_LISTED = 100;

/** What waits at this replica, and how an operator ends a request. */
export function createQueueHandlers(deps: QueueHandlersDeps): Pick<ApiHandlers, 'queue' | 'cancelRequest'> {
  const { lines, retries, cancelAnywhere, clock, replicaId, settings } = deps;
  return {
    queue: (_req, res) => {
      res.json({
        replica: replicaId,
        waiting: lines.waiting(),
        limit: settings.queueLimit,
        retries: retries.inspect(),
        lines: lines.list().map((line) => describeLine(line, clock.now())),
      });
    },
    cancelRequest: async (req, res) => {
      await cancelAnywhere.cancel(String(req.params.id));
      res.status(204).end();
    },
  };
}

function describeLine({ name, model, signature, fair, rate, meanOutput }: Line, nowMs: number) {
  const [first] = fair.waiters();
  const cost = first ? expectedCost({ meanOutput }, first.request) : 1;
  const waiters = fair.inOrder(cost);
  const requests = waiters.slice(0, MOST_LISTED).map(({ request }, index) => ({
    id: request.id,
    caller: request.caller,
    priority: request.priority,
    position: index + 1,
    waited_ms: nowMs - request.receivedAtMs,
    expected_wait_ms: Math.round(rate.expectedWaitMs(index)),
  }));
  const oldestMs = waiters.reduce((oldest, { request }) => Math.min(oldest, request.receivedAtMs), nowMs);
  return {
    line: name,
    model,
    signature,
    waiting: fair.size,
    oldest_ms: nowMs - oldestMs,
    expected_wait_ms: Math.round(rate.expectedWaitMs(fair.size)),
    callers: describeCallers(
      waiters.map(({ request }) => request.caller),
      fair.share,
    ),
    requests,
  };
}

/** `share`: the caller's part of the tokens that the line was served since it began, or was idle for a minute. */
function describeCallers(waiting: readonly string[], { served, callers }: Line['fair']['share']) {
  const names = [...new Set([...waiting, ...callers()])];
  const total = names.reduce((sum, caller) => sum + served(caller), 0);
  return names.map((caller) => ({
    caller,
    waiting: waiting.filter((one) => one === caller).length,
    share: total === 0 ? 0 : Math.round((served(caller) / total) * 1000) / 1000,
  }));
}
