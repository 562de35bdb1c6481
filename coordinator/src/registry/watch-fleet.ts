import type { Clock, Logger, Random, WatchRecord } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Reach } from '../reach/reach.js';
import { statusOf, withWatchState } from './agent-entry.js';
import { AgentWatches, type OpenWatch } from './agent-watches.js';
import type { Fleet } from './create-fleet.js';
import type { EventFeed } from './event-feed.js';

/** A slot that an agent keeps for this replica. */
export interface Grant {
  readonly grantId: string;
  readonly signature: string;
  readonly leaseMs: number;
}

export type GrantListener = (id: AgentId, grant: Grant) => void;

export interface WatchFleetDeps {
  readonly fleet: Fleet;
  readonly events: EventFeed;
  readonly agentToken: (id: AgentId, incarnation: number) => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onGrant: GrantListener;
  /** The agent said goodbye on its watch and closed it. */
  readonly onGone: (id: AgentId, incarnation: number) => void;
  readonly addresses?: Reach | undefined;
  readonly open?: OpenWatch;
}

/** Watches every agent of the fleet, and applies what the watches say to its entries. */
export function watchFleet(deps: WatchFleetDeps): AgentWatches {
  const { fleet, clock } = deps;
  const watches = new AgentWatches({
    agentToken: deps.agentToken,
    clock,
    random: deps.random,
    addresses: deps.addresses,
    open: deps.open,
    onRecord: (id, record) => applyRecord(deps, id, record),
    onLost: (id, reason) => loseWatch(deps, id, reason),
  });
  fleet.onChange((snapshot, diff) => watches.follow(snapshot, diff));
  return watches;
}

function applyRecord({ fleet, clock, onGrant }: WatchFleetDeps, id: AgentId, record: WatchRecord): void {
  const entry = fleet.entry(id);
  if (entry === undefined) return;
  if (record.type === 'grant') {
    onGrant(id, { grantId: record.grant_id, signature: record.signature, leaseMs: record.lease_ms });
  } else if (record.type === 'leaving') {
    fleet.put({ ...entry, leaving: true });
  } else if (record.type === 'state') {
    const { state, pause, runners, in_flight: inFlightByReplica, max_runners: maxRunners, max_runner_bytes: maxRunnerBytes, kept } = record;
    fleet.put(withWatchState(entry, { state, pause, runners, inFlightByReplica, maxRunners, maxRunnerBytes, kept }, clock.monotonic()));
  }
}

function loseWatch({ fleet, events, clock, log, onGone }: WatchFleetDeps, id: AgentId, reason: string): void {
  const entry = fleet.entry(id);
  if (entry === undefined || entry.presence === 'offline') return;
  if (entry.leaving) onGone(id, entry.incarnation);
  if (entry.leaving || entry.watch === 'lost') return;
  const suspect = { ...entry, watch: 'lost' } as const;
  fleet.put(suspect);
  if (statusOf(suspect) !== 'suspect') return;
  log.warn({ agent: id, reason }, 'an agent became suspect: its watch is lost');
  const name = entry.operator.name ?? entry.registration.machineName;
  events.emitLocal({ type: 'suspect', agent_id: id, agent_name: name, detail: `watch ${reason}` }, clock.now());
}
