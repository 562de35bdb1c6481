import type { Agent, DashboardChange, DashboardMessage, DashboardSnapshot, FleetEvent, Request } from '@ollama-coordinator/common';
import { keepEvent, keepRequest } from './recent.js';

/** What a page knows. Never changed: a message makes another state. Times are milliseconds by the replica's clock. */
export interface PageState {
  readonly version: number;
  readonly replica: string;
  readonly coordinatorVersion: string;
  readonly redis: 'up' | 'down';
  readonly agents: ReadonlyMap<string, Agent>;
  readonly lastSeenAtMs: ReadonlyMap<string, number>;
  /** Oldest first. */
  readonly requests: ReadonlyMap<string, Request>;
  readonly events: ReadonlyMap<string, FleetEvent>;
}

/** The state after the message; undefined when a change was missed, so that only another snapshot helps. Runs in the page and in tests. */
export function applyMessage(state: PageState | undefined, message: DashboardMessage): PageState | undefined {
  if (message.type === 'snapshot') return fromSnapshot(message);
  if (state === undefined || message.version !== state.version + 1) return undefined;
  return fromChange(state, message);
}

function fromSnapshot(message: DashboardSnapshot): PageState {
  return {
    version: message.version,
    replica: message.replica,
    coordinatorVersion: message.coordinator_version,
    redis: message.redis,
    agents: new Map(message.agents.map((agent) => [agent.id, agent])),
    lastSeenAtMs: withSeen(new Map(), message.agents),
    requests: new Map(message.requests.map((request) => [request.id, request])),
    events: new Map(message.events.map((event) => [event.id, event])),
  };
}

function fromChange(state: PageState, change: DashboardChange): PageState {
  const agents = new Map(state.agents);
  const lastSeenAtMs = withSeen(state.lastSeenAtMs, change.agents ?? []);
  const requests = new Map(state.requests);
  const events = new Map(state.events);
  for (const agent of change.agents ?? []) agents.set(agent.id, agent);
  for (const fields of change.agent_changes ?? []) {
    const agent = agents.get(fields.id);
    if (agent !== undefined) agents.set(fields.id, { ...agent, ...fields } as Agent);
  }
  for (const id of change.removed_agents ?? []) {
    agents.delete(id);
    lastSeenAtMs.delete(id);
  }
  for (const [id, ageMs] of Object.entries(change.heard_ms_ago ?? {})) lastSeenAtMs.set(id, Date.parse(change.at) - ageMs);
  for (const request of change.requests ?? []) keepRequest(requests, request);
  for (const event of change.events ?? []) keepEvent(events, event);
  return { ...state, version: change.version, redis: change.redis ?? state.redis, agents, lastSeenAtMs, requests, events };
}

function withSeen(seen: ReadonlyMap<string, number>, agents: readonly Agent[]): Map<string, number> {
  const next = new Map(seen);
  for (const { id, last_seen_at } of agents) if (last_seen_at !== undefined) next.set(id, Date.parse(last_seen_at));
  return next;
}
