import type { Queue, ReplicaQueue } from '@ollama-coordinator/common';
import type { RetryBudget } from '../../admission/retry-budget.js';
import type { SharedQueue } from '../../admission/share-queue.js';
import type { CancelAnywhere } from '../../pipeline/cancel-anywhere.js';
import type { ApiHandlers } from '../api-app.js';

export interface QueueHandlersDeps {
  /** What waits at this replica. */
  readonly describe: () => ReplicaQueue;
  readonly shared: Pick<SharedQueue, 'others'>;
  readonly living: () => readonly string[];
  readonly retries: Pick<RetryBudget, 'inspect'>;
  readonly cancelAnywhere: Pick<CancelAnywhere, 'cancel'>;
}

/** What waits at all replicas, and how an operator ends a request. */
export function createQueueHandlers(deps: QueueHandlersDeps): Pick<ApiHandlers, 'queue' | 'cancelRequest'> {
  const { describe, shared, living, retries, cancelAnywhere } = deps;
  return {
    queue: async (_req, res) => {
      const others = await shared.others();
      res.json({ ...addUp(describe(), others, living()), retries: retries.inspect() });
    },
    cancelRequest: async (req, res) => {
      await cancelAnywhere.cancel(String(req.params.id));
      res.status(204).end();
    },
  };
}

/** A replica that said nothing has nothing that waits, and the same limit as this one: all have the same setting. */
function addUp(own: ReplicaQueue, others: readonly ReplicaQueue[], living: readonly string[]): Queue {
  const told = new Map([own, ...others].map((queue) => [queue.replica, queue]));
  const ids = [...new Set([own.replica, ...living])];
  const queues = ids.map((replica) => told.get(replica) ?? { replica, waiting: 0, limit: own.limit, lines: [] });
  return {
    replica: own.replica,
    waiting: queues.reduce((sum, { waiting }) => sum + waiting, 0),
    limit: queues.reduce((sum, { limit }) => sum + limit, 0),
    replicas: queues.map(({ replica, waiting, limit }) => ({ replica, waiting, limit })),
    lines: queues.flatMap(({ replica, lines }) => lines.map((line) => ({ ...line, replica }))),
  };
}
