import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, Costed, Moment, RequestFacts } from '@ollama-coordinator/common/balancing';
import { decide, type WeightedBalancer } from './decide.js';
import { withFreeSlot } from './with-free-slot.js';

export interface Waiting {
  readonly profile: readonly WeightedBalancer[];
  readonly request: RequestFacts;
  /** The agent whose next slot the request is to wait for. */
  readonly chosen: Costed;
  /** With the costs that were decided by. */
  readonly candidates: readonly Costed[];
  readonly at: Moment;
}

/** An agent that would be preferred to the chosen one, if it had a slot. */
export interface Rival {
  readonly agent: AgentId;
  /** Runners of it that should make room, the first one first. */
  readonly evict: readonly RunnerSignature[];
}

/** Each costs a decision, whenever the head of a line is looked at again. */
const MOST_COMPARED = 7;

/**
 * Of the other candidates those that the request would go to, if they had a slot at this moment, rather than wait for `chosen`;
 * of many the cheapest. A balancer that fails names none.
 */
export function findRivals({ profile, request, chosen, candidates, at }: Waiting): readonly Rival[] {
  const others = candidates.filter(({ agent, cost }) => agent.id !== chosen.agent.id && cost !== Number.POSITIVE_INFINITY);
  const nearest = others.sort((one, other) => one.cost - other.cost).slice(0, MOST_COMPARED);
  return nearest.flatMap(({ agent }) => preferred({ agent: withFreeSlot(agent, request), cost: 0, free: true }) ?? []);

  function preferred(rival: Costed): Rival | undefined {
    try {
      const choice = decide(profile, request, [rival, { agent: chosen.agent, cost: 0, free: false }], at);
      return 'agent' in choice && choice.agent === rival.agent.id ? { agent: choice.agent, evict: choice.evict ?? [] } : undefined;
    } catch {
      // It was counted when it failed to choose.
      return undefined;
    }
  }
}
