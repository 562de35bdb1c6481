import { AppError, type Clock, describeCause, type Logger, type Random, systemClock, systemRandom } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import {
  connectRedis,
  migrate,
  type Redis,
  type RedisKeys,
  redactRedisUrl,
  redisKeys,
  StreamTail,
  waitUntilReady,
} from '@ollama-coordinator/common/redis';
import type { Reach } from '../reach/reach.js';
import type { AgentEntry } from './agent-entry.js';
import { type AgentStore, createAgentStore } from './agent-store.js';
import type { AgentWatches } from './agent-watches.js';
import type { Fleet } from './create-fleet.js';
import { DirectHeartbeats, type DropReason } from './direct-heartbeats.js';
import type { EventFeed } from './event-feed.js';
import { FleetRegistry } from './fleet-registry.js';
import { FleetSync } from './fleet-sync.js';
import { type HistoryKept, Housekeeping } from './housekeeping.js';
import { createIngest } from './ingest-heartbeat.js';
import { OfflineSweep } from './offline-sweep.js';
import { RedisHealth, type RedisState } from './redis-health.js';
import { streamOwner } from './stream-owner.js';
import { type GrantListener, watchFleet } from './watch-fleet.js';

export interface RegistryDeps {
  readonly redisUrl: string;
  readonly redisPrefix?: string;
  readonly replicaId: string;
  /** Silence after which an agent is offline; at least three of its heartbeat intervals are allowed. */
  readonly agentTtlMs: number;
  readonly kept: HistoryKept;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /**
   * The replicas that live, this one among them: they share the streams that agents write themselves. By default this one is alone.
   */
  readonly livingReplicas?: () => readonly string[];
  /** Entries of such a stream that were not taken. */
  readonly onDroppedHeartbeats?: (reason: DropReason, count: number) => void;
  /** Judges each connection to an agent; by default none is refused. */
  readonly addresses?: Reach;
  /** Bearer for calls to that agent; called often. Without it agents are not watched. */
  readonly agentToken?: (id: AgentId, incarnation: number) => string;
}

const START_WITHIN_MS = 3000;
const COMMAND_TIMEOUT_MS = 1000;
const BLOCK_MS = 2000;
/** Other replicas' entries are applied this much later, and cost one read instead of many. */
const GATHER_MS = 50;

export interface RegistryParts {
  readonly writes: Redis;
  readonly store: AgentStore;
  readonly tailing: Redis;
  readonly keys: RedisKeys;
  readonly registry: FleetRegistry;
  readonly health: RedisHealth;
  readonly tail: StreamTail;
  readonly sync: FleetSync;
  readonly sweep: OfflineSweep;
  readonly housekeeping: Housekeeping;
  readonly direct: DirectHeartbeats;
  readonly watches: AgentWatches | undefined;
}

/** Everything a registry is made of, wired; connects to nothing. */
export function createParts(
  deps: RegistryDeps,
  fleet: Fleet,
  events: EventFeed,
  tellState: (state: RedisState) => void,
  onGrant: GrantListener,
): RegistryParts {
  const { redisUrl: url, replicaId, kept, log, clock = systemClock, random = systemRandom, agentToken } = deps;
  const keys = redisKeys(deps.redisPrefix);
  const writes = connectRedis({ url, role: 'registry', log, commandTimeoutMs: COMMAND_TIMEOUT_MS });
  const tailing = connectRedis({ url, role: 'tail', log, blockingTimeoutMs: BLOCK_MS + 1000 });
  const store = createAgentStore({ redis: writes, keys, replicaId, clock });
  const ttlMs = (entry: Pick<AgentEntry, 'registration'>) => Math.max(deps.agentTtlMs, 3 * entry.registration.heartbeatMs);

  const tail: StreamTail = new StreamTail({
    redis: tailing,
    keys: [keys.heartbeats, keys.events],
    blockMs: BLOCK_MS,
    gatherMs: GATHER_MS,
    onEntries: (key, entries) => (key === keys.heartbeats ? sync.applyHeartbeats(entries) : sync.applyEvents(entries)),
  });
  const reconcile = async (isLost: boolean) => {
    // The version is gone with the data, and an older replica must not take what is written back for its own.
    if (isLost) await migrate(writes, keys);
    await sync.reconcile(isLost, tail);
    sweep.restartListening();
  };
  const health: RedisHealth = new RedisHealth({
    redis: writes,
    keys,
    clock,
    log,
    reconcile,
    hasUnsaved: () => hasUnsaved(fleet.entries()),
    onState: tellState,
  });
  const probe = () => health.probeAfresh();
  const sync: FleetSync = new FleetSync({ redis: writes, keys, store, fleet, events, replicaId, clock, log, ttlMs, probe });
  const registry = new FleetRegistry({ store, fleet, sync, health, clock, log, ttlMs });
  const onGone = (id: AgentId, incarnation: number) => void registry.leave(id, incarnation);
  const watches = agentToken && watchFleet({ fleet, events, agentToken, addresses: deps.addresses, clock, random, log, onGrant, onGone });
  const sweep: OfflineSweep = new OfflineSweep(
    {
      fleet,
      store,
      clock,
      log,
      ttlMs,
      redisState: () => health.state,
      talks: (id) => watches?.talks(id) ?? false,
      refresh: (id) => sync.refresh(id),
    },
    deps.agentTtlMs,
  );
  const reload = () => reconcile(false);
  const entries = () => fleet.entries();
  const housekeeping = new Housekeeping({ redis: writes, keys, tail, clock, random, log, kept, entries, reload });
  const { livingReplicas = () => [replicaId], onDroppedHeartbeats: onDropped = () => {} } = deps;
  const direct = new DirectHeartbeats({
    redis: writes,
    keys,
    fleet,
    clock,
    log,
    redisState: () => health.state,
    owns: (id) => streamOwner(id, livingReplicas()) === replicaId,
    ingest: createIngest({ store, fleet, sync, clock, ttlMs }),
    onDropped,
  });
  return { writes, store, tailing, keys, registry, health, tail, sync, sweep, housekeeping, direct, watches };
}

export async function startParts(parts: RegistryParts, redisUrl: string): Promise<void> {
  const { writes, tailing, keys, health, tail, sweep, housekeeping, direct, watches } = parts;
  try {
    await Promise.all([waitUntilReady(writes, START_WITHIN_MS), waitUntilReady(tailing, START_WITHIN_MS)]);
    await migrate(writes, keys);
  } catch (cause) {
    writes.disconnect();
    tailing.disconnect();
    if (cause instanceof AppError) throw cause;
    throw new AppError('REDIS_UNREACHABLE', { details: { url: redactRedisUrl(redisUrl), cause: describeCause(cause) }, cause });
  }
  watches?.start();
  await health.start();
  tail.start();
  sweep.start();
  housekeeping.start();
  direct.start();
}

export async function stopParts({ writes, store, health, tail, sync, sweep, housekeeping, direct }: RegistryParts): Promise<void> {
  const directStopped = direct.stop();
  store.flush();
  await Promise.all([directStopped, health.stop(), sweep.stop(), housekeeping.stop(), tail.stop(), sync.stop()]);
  writes.disconnect();
}

function hasUnsaved(entries: Iterable<AgentEntry>): boolean {
  for (const entry of entries) if (entry.unsaved) return true;
  return false;
}
