import { type FleetEvent, systemClock, type WantsInput } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { createFleet } from './create-fleet.js';
import { createEventFeed } from './event-feed.js';
import { findCertificate } from './find-certificate.js';
import type { FleetRegistry } from './fleet-registry.js';
import type { FleetView } from './fleet-snapshot.js';
import { createListeners } from './listeners.js';
import type { RedisState } from './redis-health.js';
import { createParts, type RegistryDeps, startParts, stopParts } from './registry-parts.js';
import { createWantsSender } from './wants-sender.js';
import type { GrantListener } from './watch-fleet.js';

export type { RegistryDeps } from './registry-parts.js';

export type RegistryPublic = Pick<
  FleetRegistry,
  'register' | 'reachAt' | 'heartbeat' | 'patch' | 'setDraining' | 'approve' | 'rotate' | 'revoke' | 'remove' | 'leave'
>;

export type Registry = FleetView &
  RegistryPublic & {
    /** Loads the fleet from Redis. Rejects with REDIS_UNREACHABLE within seconds, or REDIS_SCHEMA_NEWER. */
    start(): Promise<void>;
    stop(): Promise<void>;
    /** SHA-256 of the certificate of the agent that listens there; undefined where it speaks plain HTTP. Called per connection. */
    certificateOf(host: string, port: number): string | undefined;
    redisState(): RedisState;
    onRedisState(listener: (state: RedisState) => void): () => void;
    /** A slot was granted to this replica. */
    onGrant(listener: GrantListener): () => void;
    /** Tells of what only this replica saw. */
    tellLocal(event: Omit<FleetEvent, 'id' | 'at'>): void;
    /** Tells the agent what waits for it here; the latest call counts, a lost one is not reported. */
    sendWants(id: AgentId, wants: WantsInput): void;
  };

/** Connects to nothing before `start()`. */
export function createRegistry(deps: RegistryDeps): Registry {
  const { log, clock = systemClock } = deps;
  const fleet = createFleet(log);
  const events = createEventFeed(log);
  const stateListeners = createListeners<[RedisState]>('redis state', log);
  const grantListeners = createListeners<Parameters<GrantListener>>('grant', log);
  const parts = createParts(deps, fleet, events, stateListeners.tell, grantListeners.tell);
  const { registry, health, watches } = parts;
  const wants = createWantsSender({
    addresses: deps.addresses,
    addressOf: (id) => fleet.entry(id)?.registration.address,
    tokenOf: (id) => deps.agentToken?.(id, fleet.entry(id)?.incarnation ?? 0) ?? '',
  });

  return {
    snapshot: fleet.snapshot,
    onChange: fleet.onChange,
    onEvent: events.listen,
    certificateOf: (host, port) => findCertificate(fleet.entries(), host, port),
    redisState: () => health.state,
    onRedisState: stateListeners.listen,
    onGrant: grantListeners.listen,
    tellLocal: (event) => events.emitLocal(event, clock.now()),
    sendWants: (id, body) => wants.send(id, body),
    register: (request, options) => registry.register(request, options),
    reachAt: (id, start, address) => registry.reachAt(id, start, address),
    heartbeat: (body, generation) => registry.heartbeat(body, generation),
    patch: (id, patch) => registry.patch(id, patch),
    setDraining: (id, draining) => registry.setDraining(id, draining),
    approve: (id) => registry.approve(id),
    rotate: (id) => registry.rotate(id),
    revoke: (id) => registry.revoke(id),
    remove: (id) => registry.remove(id),
    leave: (id, incarnation) => registry.leave(id, incarnation),
    start: () => startParts(parts, deps.redisUrl),
    async stop() {
      watches?.stop();
      wants.stop();
      await stopParts(parts);
    },
  };
}
