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

/**
 * The state after the message; undefined when a change was missed, so that only another snapshot helps. Runs in the page and in tests.
 * What did not change stays the same object, so that the page draws nothing for it.
 */
export function applyMessage(state: PageState | undefined, message: DashboardMessage): PageState | undefined {
  if (message.type === 'snapshot') return fromSnapshot(state, message);
  if (state === undefined || message.version !== state.version + 1) return undefined;
  return fromChange(state, message);
}

function fromSnapshot(before: PageState | undefined, message: DashboardSnapshot): PageState {
  return {
    version: message.version,
    replica: message.replica,
    coordinatorVersion: message.coordinator_version,
    redis: message.redis,
    agents: new Map(message.agents.map((agent) => [agent.id, formerIfSame(before?.agents.get(agent.id), agent)])),
    lastSeenAtMs: withSeen(new Map(), message.agents),
    requests: new Map(message.requests.map((request) => [request.id, formerIfSame(before?.requests.get(request.id), request)])),
    events: new Map(message.events.map((event) => [event.id, event])),
  };
}

function fromChange(state: PageState, change: DashboardChange): PageState {
  return {
    ...state,
    version: change.version,
    redis: change.redis ?? state.redis,
    agents: changedAgents(state, change),
    lastSeenAtMs: changedSeen(state, change),
    requests: without(changed(state.requests, change.requests, keepRequest), change.removed_requests),
    events: changed(state.events, change.events, keepEvent),
  };
}

function changed<T>(
  kept: ReadonlyMap<string, T>,
  fresh: readonly T[] | undefined,
  keep: (all: Map<string, T>, one: T) => void,
): ReadonlyMap<string, T> {
  if (fresh === undefined) return kept;
  const next = new Map(kept);
  for (const one of fresh) keep(next, one);
  return next;
}

function without<T>(kept: ReadonlyMap<string, T>, ids: readonly string[] = []): ReadonlyMap<string, T> {
  if (ids.length === 0) return kept;
  const next = new Map(kept);
  for (const id of ids) next.delete(id);
  return next;
}

function changedAgents(state: PageState, { agents, agent_changes, removed_agents }: DashboardChange): PageState['agents'] {
  if (agents === undefined && agent_changes === undefined && removed_agents === undefined) return state.agents;
  const next = new Map(state.agents);
  for (const agent of agents ?? []) next.set(agent.id, agent);
  for (const fields of agent_changes ?? []) {
    const agent = next.get(fields.id);
    if (agent !== undefined) next.set(fields.id, { ...agent, ...fields } as Agent);
  }
  for (const id of removed_agents ?? []) next.delete(id);
  return next;
}

function changedSeen(state: PageState, { at, agents, removed_agents, heard_ms_ago }: DashboardChange): PageState['lastSeenAtMs'] {
  if (agents === undefined && removed_agents === undefined && heard_ms_ago === undefined) return state.lastSeenAtMs;
  const next = withSeen(state.lastSeenAtMs, agents ?? []);
  for (const id of removed_agents ?? []) next.delete(id);
  for (const [id, ageMs] of Object.entries(heard_ms_ago ?? {})) next.set(id, Date.parse(at) - ageMs);
  return next;
}

function withSeen(seen: ReadonlyMap<string, number>, agents: readonly Agent[]): Map<string, number> {
  const next = new Map(seen);
  for (const { id, last_seen_at } of agents) if (last_seen_at !== undefined) next.set(id, Date.parse(last_seen_at));
  return next;
}

/** When an agent was last heard is told apart. */
function formerIfSame<T extends object>(former: T | undefined, fresh: T): T {
  const text = (value: T) => JSON.stringify({ ...value, last_seen_at: undefined });
  return former !== undefined && text(former) === text(fresh) ? former : fresh;
}
