import { type CancelAnywhere, createCancelAnywhere } from '../pipeline/cancel-anywhere.js';
import { createLiveRequests, type LiveRequests } from '../pipeline/live-requests.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from './part-context.js';

/** The requests that wait or run here, and how those of any replica are ended. */
export function wireLiveRequests(
  { clock, log, stops }: PartContext,
  { url: redisUrl, redis, keys }: Store,
  living: () => readonly string[],
): { readonly live: LiveRequests; readonly cancelAnywhere: CancelAnywhere } {
  const live = createLiveRequests();
  const cancelAnywhere = createCancelAnywhere({ redisUrl, redis, keys, live, living, clock, log });
  void cancelAnywhere.start();
  stops.push(() => cancelAnywhere.stop());
  return { live, cancelAnywhere };
}
