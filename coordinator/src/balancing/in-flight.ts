import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';

const NONE: ReadonlyMap<RunnerSignature, number> = new Map();

/** What this replica has in flight, exactly: per agent, and there per runner. Empty at rest. */
export interface InFlight {
  add(agent: AgentId, signature: RunnerSignature): void;
  /** Throws when nothing of that kind is in flight: someone released twice. */
  remove(agent: AgentId, signature: RunnerSignature): void;
  ofAgent(agent: AgentId): number;
  bySignature(agent: AgentId): ReadonlyMap<RunnerSignature, number>;
  total(): number;
}

export function createInFlight(): InFlight {
  const agents = new Map<AgentId, Map<RunnerSignature, number>>();
  return {
    add(agent, signature) {
      const runners = agents.get(agent) ?? new Map<RunnerSignature, number>();
      runners.set(signature, (runners.get(signature) ?? 0) + 1);
      agents.set(agent, runners);
    },
    remove(agent, signature) {
      const runners = agents.get(agent);
      const count = runners?.get(signature);
      if (!runners || !count) throw new Error(`nothing is in flight on agent "${agent}" for ${signature}`);
      if (count > 1) runners.set(signature, count - 1);
      else runners.delete(signature);
      if (runners.size === 0) agents.delete(agent);
    },
    ofAgent: (agent) => sum(agents.get(agent) ?? NONE),
    bySignature: (agent) => agents.get(agent) ?? NONE,
    total: () => [...agents.values()].reduce((count, runners) => count + sum(runners), 0),
  };
}

function sum(counts: ReadonlyMap<RunnerSignature, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
