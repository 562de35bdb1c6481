import type { ReplicaQueue } from '@ollama-coordinator/common';
import { describeQueue } from '../admission/describe-queue.js';
import { shareQueue } from '../admission/share-queue.js';
import { createQueueHandlers } from '../http/handlers/queue-handlers.js';
import { createCancelAnywhere } from '../pipeline/cancel-anywhere.js';
import { createLiveRequests, type LiveRequests } from '../pipeline/live-requests.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from './part-context.js';
import type { FleetParts } from './start-fleet-parts.js';

type Needed = Pick<FleetParts, 'lines' | 'settings' | 'livingReplicas'> & Pick<Parameters<typeof createQueueHandlers>[0], 'retries'>;

/** The requests that wait or run here, and how what waits at any replica is seen, and any request ended. */
export function wireLiveRequests(
  { clock, log, replicaId, stops }: PartContext,
  { url: redisUrl, redis, keys }: Store,
  { lines, settings, livingReplicas: living, retries }: Needed,
): { readonly live: LiveRequests; readonly handlers: ReturnType<typeof createQueueHandlers> } {
  const live = createLiveRequests();
  const cancelAnywhere = createCancelAnywhere({ redisUrl, redis, keys, live, living, clock, log });
  void cancelAnywhere.start();
  stops.push(() => cancelAnywhere.stop());
  const describe = (most?: number): ReplicaQueue =>
    describeQueue({ lines, replicaId, limit: settings.values.queueLimit, nowMs: clock.now() }, most);
  const shared = shareQueue({ redis, keys, replicaId, living, describe, waiting: lines.waiting, clock });
  stops.push(() => shared.stop());
  return { live, handlers: createQueueHandlers({ describe, shared, living, retries, cancelAnywhere }) };
}
