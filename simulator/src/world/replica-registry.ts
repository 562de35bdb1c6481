import { silentLogger } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { redisKeys, type StreamTail } from '@ollama-coordinator/common/redis';
import type { AgentEntry } from '#coordinator/registry/agent-entry.js';
import { createFleet } from '#coordinator/registry/create-fleet.js';
import { createEventFeed } from '#coordinator/registry/event-feed.js';
import { FleetRegistry } from '#coordinator/registry/fleet-registry.js';
import { FleetSync } from '#coordinator/registry/fleet-sync.js';
import { OfflineSweep } from '#coordinator/registry/offline-sweep.js';
import { RedisHealth } from '#coordinator/registry/redis-health.js';
import type { ProcessClock } from '../time/event-clock.js';
import type { SimRedis } from './sim-redis.js';

export interface ReplicaRegistryDeps {
  readonly id: string;
  readonly redis: SimRedis;
  readonly agentTtlMs: number;
  readonly clock: ProcessClock;
  /** Whether an agent speaks on its watch. */
  readonly talks: (agent: AgentId) => boolean;
}

export type ReplicaRegistry = ReturnType<typeof wireRegistry>;

const noTail = { seek: () => undefined } as unknown as StreamTail;

/** As registry-parts does it, without Redis' own streams. */
export function wireRegistry({ id, redis, agentTtlMs, clock, talks }: ReplicaRegistryDeps) {
  const log = silentLogger;
  const fleet = createFleet(log);
  const events = createEventFeed(log);
  const keys = redisKeys();
  const connection = redis.connection();
  const store = redis.storeFor(id);
  const ttlMs = (entry: Pick<AgentEntry, 'registration'>) => Math.max(agentTtlMs, 3 * entry.registration.heartbeatMs);
  const probe = () => health.probeAfresh();
  const sync: FleetSync = new FleetSync({ redis: connection, keys, store, fleet, events, replicaId: id, clock, log, ttlMs, probe });
  const health: RedisHealth = new RedisHealth({
    redis: connection,
    keys,
    clock,
    log,
    reconcile: async (isLost) => {
      await sync.reconcile(isLost, noTail);
      sweep.restartListening();
    },
    hasUnsaved: () => [...fleet.entries()].some(({ unsaved }) => unsaved),
    onState: () => undefined,
  });
  const registry = new FleetRegistry({ store, fleet, sync, health, clock, log, ttlMs });
  const refresh = (agent: AgentId) => sync.refresh(agent);
  const sweep: OfflineSweep = new OfflineSweep(
    { fleet, store, clock, log, ttlMs, talks, refresh, redisState: () => health.state },
    agentTtlMs,
  );
  return { fleet, events, sync, health, registry, sweep };
}
