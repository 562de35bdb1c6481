import type { Agent, DashboardChange } from '@ollama-coordinator/common';
import type { AgentRecord, FleetDiff, FleetSnapshot } from '../registry/fleet-snapshot.js';
import { toAgent } from '../registry/to-agent.js';
import { diffAgent, visibleAgent } from './visible-agent.js';

type AgentParts = Pick<DashboardChange, 'agents' | 'agent_changes' | 'removed_agents' | 'heard_ms_ago'>;

/** The agents as every page has them, and what must be sent to bring the pages up to the fleet. */
export interface PublishedAgents {
  /** Remembers whom a change touches, until the next `publish`. */
  touch(diff: FleetDiff): void;
  /** Brings the published agents up to the fleet and returns what changed; an empty object when nothing visible did. */
  publish(fleet: FleetSnapshot): AgentParts;
  /** Ages of the agents that were heard since the last call. */
  heard(fleet: FleetSnapshot, nowMs: number): AgentParts;
  /** The published agents, with the ages that `fleet` knows. */
  list(fleet: FleetSnapshot): Agent[];
}

export function createPublishedAgents(fleet: FleetSnapshot): PublishedAgents {
  const published = new Map<string, { record: AgentRecord; agent: Agent }>();
  const heardAtMs = new Map<string, number>();
  const touched = new Set<string>(fleet.agents.keys());

  const show = (record: AgentRecord) => {
    const before = published.get(record.id);
    const agent = visibleAgent(toAgent(record), before?.agent);
    const visible = before?.record.models === record.models && before ? { ...agent, models: before.agent.models } : agent;
    published.set(record.id, { record, agent: visible });
    return { before: before?.agent, agent: visible };
  };

  return {
    touch({ changed, removed }) {
      for (const record of changed) touched.add(record.id);
      for (const id of removed) touched.add(id);
    },
    publish(snapshot) {
      const agents: Agent[] = [];
      const changes: NonNullable<AgentParts['agent_changes']> = [];
      const removed: string[] = [];
      for (const id of touched) {
        const record = snapshot.agents.get(id);
        if (record === undefined) {
          heardAtMs.delete(id);
          if (published.delete(id)) removed.push(id);
          continue;
        }
        const { before, agent } = show(record);
        if (before === undefined) agents.push(agent);
        else {
          const change = diffAgent(before, agent);
          if (change === agent) agents.push(agent);
          else if (change !== undefined) changes.push(change);
        }
      }
      touched.clear();
      return {
        ...(agents.length > 0 ? { agents } : {}),
        ...(changes.length > 0 ? { agent_changes: changes } : {}),
        ...(removed.length > 0 ? { removed_agents: removed } : {}),
      };
    },
    heard(snapshot, nowMs) {
      const ages: Record<string, number> = {};
      for (const { id, lastSeenAtMs } of snapshot.agents.values()) {
        if (lastSeenAtMs === undefined || !published.has(id) || heardAtMs.get(id) === lastSeenAtMs) continue;
        heardAtMs.set(id, lastSeenAtMs);
        ages[id] = Math.max(0, Math.round(nowMs - lastSeenAtMs));
      }
      return Object.keys(ages).length > 0 ? { heard_ms_ago: ages } : {};
    },
    list: (snapshot) =>
      [...published.values()].map(({ agent }) => {
        const seenAtMs = snapshot.agents.get(agent.id)?.lastSeenAtMs;
        return seenAtMs === undefined ? agent : { ...agent, last_seen_at: new Date(seenAtMs).toISOString() };
      }),
  };
}
