import type { Clock, DashboardChange, DashboardSnapshot, FleetEvent, Request } from '@ollama-coordinator/common';
import type { FleetView } from '../registry/fleet-snapshot.js';
import { createPublishedAgents } from './published-agents.js';
import { createPublishedRequests } from './published-requests.js';
import { keepEvent, RECENT_EVENTS } from './recent.js';

/** How often the ages of all agents go out. Something is sent at least this often, so that a page notices a dead connection. */
export const AGES_PERIOD_MS = 5000;

export interface DashboardFeedDeps {
  readonly fleet: FleetView;
  readonly clock: Clock;
  readonly replicaId: string;
  readonly coordinatorVersion: string;
  readonly redisState: () => 'up' | 'down';
}

/** What the pages have been told, and what they are still to be told. Knows no sockets and no timers. */
export interface DashboardFeed {
  /** The pages' present state. The next change leads on from it. */
  snapshot(): DashboardSnapshot;
  /** What happened since the last call, or undefined when no page would look different. */
  nextChange(): DashboardChange | undefined;
  /** True when something that nobody reports is due: the ages, or a changed state of Redis. */
  due(): boolean;
  requestChanged(request: Request): void;
  /** The request is shown no longer: nobody knows how it ended. */
  forgetRequest(id: string): void;
  /** What is shown, the oldest first. */
  requests(): Iterable<Request>;
  close(): void;
}

/** `dirty` is called whenever there may be something to tell. */
export function createDashboardFeed(deps: DashboardFeedDeps, dirty: () => void): DashboardFeed {
  const { fleet, clock, replicaId, coordinatorVersion, redisState } = deps;
  const published = createPublishedAgents(fleet.snapshot());
  const requests = createPublishedRequests();
  const events = new Map<string, FleetEvent>();
  let freshEvents: FleetEvent[] = [];
  let version = 0;
  let redis = redisState();
  let agesAtMs = clock.monotonic();

  const at = () => new Date(clock.now()).toISOString();
  const agesDue = () => clock.monotonic() - agesAtMs >= AGES_PERIOD_MS;
  const takeEvents = () => {
    const taken = freshEvents;
    freshEvents = [];
    return taken.length > 0 ? { events: taken } : {};
  };
  const takeAges = () => {
    agesAtMs = clock.monotonic();
    return published.heard(fleet.snapshot(), clock.now());
  };
  const takeRedis = () => {
    if (redisState() === redis) return {};
    redis = redisState();
    return { redis };
  };

  const unsubscribe = [
    fleet.onChange((_snapshot, diff) => {
      published.touch(diff);
      dirty();
    }),
    fleet.onEvent((event) => {
      keepEvent(events, event);
      freshEvents = [...freshEvents.slice(1 - RECENT_EVENTS), event];
      dirty();
    }),
  ];

  return {
    snapshot: () => ({
      type: 'snapshot',
      version,
      at: at(),
      replica: replicaId,
      coordinator_version: coordinatorVersion,
      redis,
      agents: published.list(fleet.snapshot()),
      requests: [...requests.list()],
      events: [...events.values()],
    }),
    nextChange() {
      const withAges = agesDue();
      const agents = published.publish(fleet.snapshot());
      const parts = { ...agents, ...(withAges ? takeAges() : {}), ...requests.take(), ...takeEvents(), ...takeRedis() };
      if (!withAges && Object.keys(parts).length === 0) return undefined;
      version += 1;
      return { type: 'change', version, at: at(), ...parts };
    },
    due: () => agesDue() || redisState() !== redis,
    requestChanged(request) {
      requests.change(request);
      dirty();
    },
    forgetRequest(id) {
      if (requests.forget(id)) dirty();
    },
    requests: requests.list,
    close() {
      for (const stop of unsubscribe) stop();
    },
  };
}
