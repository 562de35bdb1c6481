import type { Clock, HealthCheckRequest } from '@ollama-coordinator/common';
import { type AgentEntry, isReplay, withHeartbeat } from './agent-entry.js';
import type { AgentStore } from './agent-store.js';
import type { Fleet } from './create-fleet.js';
import type { FleetSync } from './fleet-sync.js';

export interface IngestDeps {
  readonly store: Pick<AgentStore, 'heartbeat'>;
  readonly fleet: Fleet;
  readonly sync: Pick<FleetSync, 'refresh'>;
  readonly clock: Clock;
  readonly ttlMs: (entry: AgentEntry) => number;
}

/**
 * 'seen': it, or a later one, was received before. 'silent': the agent has taken its sign of life away since, or it ran out.
 * 'unknown': no agent, or no start of it, that has registered. 'old': a newer start lives.
 */
export type Ingested = 'ok' | 'seen' | 'silent' | 'unknown' | 'old';

/**
 * Takes a heartbeat that an agent wrote to Redis itself: from here on it is like one that was posted. Unlike there Redis decides first,
 * since an entry may be left over from an agent that is gone. Rejects while Redis is away.
 */
export function createIngest({ store, fleet, sync, clock, ttlMs }: IngestDeps) {
  return async (body: HealthCheckRequest): Promise<Ingested> => {
    const id = body.agent_id;
    let entry = fleet.entry(id);
    if (entry === undefined || entry.incarnation < body.incarnation) entry = await sync.refresh(id);
    if (entry === undefined || entry.incarnation < body.incarnation) return 'unknown';
    if (entry.incarnation > body.incarnation) return 'old';
    if (isReplay(entry, body)) return 'seen';
    const recorded = await store.heartbeat(body, ttlMs(entry), 'agent');
    if (recorded !== 'ok') return recorded;
    const current = fleet.entry(id);
    if (current?.incarnation === body.incarnation && !isReplay(current, body)) {
      fleet.put(withHeartbeat(current, body, { monotonicMs: clock.monotonic(), wallMs: clock.now() }, false));
    }
    return recorded;
  };
}
