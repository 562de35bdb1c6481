import type { Clock } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';

/** How long an agent that answered `busy` is left alone when it reports no change. */
export const BUSY_PAUSE_MS = 200;

/** Agents whose gate was full although a slot seemed free, by runner signature. */
export interface BusyAgents {
  note(agentId: AgentId, signature: string): void;
  /** They reported a change, so what they said before says nothing any more. */
  forget(agentIds: readonly AgentId[]): void;
  of(signature: string): readonly AgentId[];
}

export function createBusyAgents(clock: Clock): BusyAgents {
  const untilMs = new Map<string, Map<AgentId, number>>();
  return {
    note: (agentId, signature) => {
      const agents = untilMs.get(signature) ?? new Map<AgentId, number>();
      untilMs.set(signature, agents.set(agentId, clock.monotonic() + BUSY_PAUSE_MS));
    },
    forget: (agentIds) => {
      if (untilMs.size === 0) return;
      for (const agents of untilMs.values()) for (const agentId of agentIds) agents.delete(agentId);
    },
    of: (signature) => {
      const agents = untilMs.get(signature);
      if (!agents) return [];
      for (const [agentId, endMs] of agents) if (endMs <= clock.monotonic()) agents.delete(agentId);
      if (agents.size === 0) untilMs.delete(signature);
      return [...agents.keys()];
    },
  };
}
