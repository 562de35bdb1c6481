import type { Clock } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';

/** How long an agent that was asked may seem to have a slot and not grant it, before it is tried without. */
export const GRANT_PATIENCE_MS = 200;

/**
 * Agents that were asked for their next slot, by line. They grant it, in the order of all replicas, and nobody takes it from
 * them: what is taken would pass those who are before us elsewhere, or be turned away where they were granted it.
 */
export interface AskedAgents {
  /** The head of the line waits for the next slot of these, whichever has one first. */
  ask(line: string, agents: readonly AgentId[]): void;
  of(line: string): ReadonlySet<AgentId>;
  /** It granted a slot. */
  granted(agent: AgentId): void;
  /** Nobody waits in the line any more. */
  forget(line: string): void;
  /** It seems to have a slot, or not. True once it seemed so for longer than a grant takes: it may have missed the asking. */
  isOverdue(line: string, agent: AgentId, seemsFree: boolean): boolean;
}

const NONE: ReadonlySet<AgentId> = new Set();

export function createAskedAgents(clock: Pick<Clock, 'monotonic'>): AskedAgents {
  /** With the time since when each seems to have a slot. */
  const byLine = new Map<string, Map<AgentId, number | undefined>>();
  return {
    ask: (line, agents) => {
      const before = byLine.get(line);
      byLine.set(line, new Map(agents.map((agent) => [agent, before?.get(agent)])));
    },
    of: (line) => {
      const agents = byLine.get(line);
      return agents ? new Set(agents.keys()) : NONE;
    },
    granted: (agent) => {
      for (const agents of byLine.values()) agents.delete(agent);
    },
    forget: (line) => void byLine.delete(line),
    isOverdue: (line, agent, seemsFree) => {
      const agents = byLine.get(line);
      if (!agents?.has(agent)) return false;
      const sinceMs = seemsFree ? (agents.get(agent) ?? clock.monotonic()) : undefined;
      agents.set(agent, sinceMs);
      return sinceMs !== undefined && clock.monotonic() - sinceMs >= GRANT_PATIENCE_MS;
    },
  };
}
