import { createDashboard, type Dashboard } from '../dashboard/create-dashboard.js';
import { shareRequests } from '../dashboard/share-requests.js';
import type { Registry } from '../registry/create-registry.js';
import type { Store } from '../store/open-store.js';
import { coordinatorVersion } from '../version.js';
import type { PartContext } from './part-context.js';

/** The dashboard over this replica's fleet, with what runs at the `living` other replicas. It is closed by whoever stops the server. */
export function startDashboard(
  { clock, log, replicaId, stops }: PartContext,
  { redis, keys }: Store,
  registry: Registry,
  living: () => readonly string[],
): Dashboard {
  const redisState = () => registry.redisState();
  const dashboard = createDashboard({ fleet: registry, redisState, replicaId, coordinatorVersion: coordinatorVersion(), clock, log });
  stops.push(shareRequests({ redis, keys, replicaId, living, hub: dashboard, clock }));
  return dashboard;
}
