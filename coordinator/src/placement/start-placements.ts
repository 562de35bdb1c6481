import type { Credentials } from '../credentials/open-credentials.js';
import type { Jobs } from '../jobs/create-jobs.js';
import { createInRedis } from '../jobs/in-redis.js';
import type { Registry } from '../registry/create-registry.js';
import { holdsLease } from '../store/lease.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from '../wiring/part-context.js';
import { createPlacementStore } from './placement-store.js';
import { createPlacements, type Placements } from './placements.js';
import { createPutKept } from './put-kept.js';
import { Reconciler } from './reconciler.js';

export type RunningPlacements = Placements & { stop(): Promise<void> };

/** How long a replica carries placements out before it has to say so again; it does with each look. */
const LEASE_MS = 12_000;

/** Placements as callers change them, and the part that makes the fleet follow. */
export function startPlacements(
  { replicaId, clock, log: parent, addresses }: Pick<PartContext, 'replicaId' | 'clock' | 'log' | 'addresses'>,
  { redis, keys }: Pick<Store, 'redis' | 'keys'>,
  { tokens }: Pick<Credentials, 'tokens'>,
  registry: Registry,
  jobs: Jobs,
): RunningPlacements {
  const log = parent.child({ part: 'placement' });
  const store = createPlacementStore({ redis, keys, log });
  const putKept = createPutKept(tokens.forAgent, addresses);
  const tell = (type: string, model: string, detail: string) => {
    redis
      .xadd(keys.events, '*', 'type', type, 'agent', '', 'name', '', 'replica', replicaId, 'detail', detail.slice(0, 500), 'model', model)
      .catch((reason: unknown) => log.debug({ err: reason }, 'the event of a placement could not be written'));
  };
  const modelOf = (id: string) => store.known().find((placement) => placement.id === id)?.model ?? '';
  const reconciler = new Reconciler({
    fleet: registry,
    store,
    jobs,
    putKept,
    holdsLease: () => holdsLease(redis, keys.placementLease, replicaId, LEASE_MS),
    onState: ({ id, state, agents, wanted, why = '' }) =>
      tell(
        state === 'met' ? 'placement_met' : 'placement_short',
        modelOf(id),
        `${id}: ${agents.length} of ${wanted} agents${why === '' ? '' : `: ${why}`}`,
      ),
    clock,
    log,
  });
  reconciler.start();
  const inRedis = createInRedis({ redisState: registry.redisState, clock, log });
  const placements = createPlacements({
    store,
    inRedis,
    fleet: registry,
    onChanged: (id, model, what) => tell('placement_changed', model, `${id}: ${what}`),
    clock,
  });
  return {
    ...placements,
    async stop() {
      await reconciler.stop();
      putKept.close();
    },
  };
}
