import { seededRandom } from '@ollama-coordinator/common';
import {
  type AgentId,
  type AgentView,
  type Balancer,
  type Choice,
  type Costed,
  chooseLeastCost,
  hasFreeSlot,
  type Moment,
  type RequestFacts,
} from '@ollama-coordinator/common/balancing';

/** Asks balancers as the coordinator does, without one: the costs of all, then the choice of the last that chooses. */
export interface BalancerDriver {
  choose(request: RequestFacts, agents: readonly AgentView[]): Choice;
  /** Chooses and assigns. Returns the agent, or throws the reject. */
  assign(request: RequestFacts, agents: readonly AgentView[]): AgentId;
  settle(request: RequestFacts, agent: AgentId, totalMs: number, firstByteMs?: number): void;
  advance(ms: number): void;
}

/** `isFree`: whether an agent has a slot for the request. Default: as its view tells. */
export function driveBalancers(
  balancers: readonly Balancer[],
  {
    isFree = freeByView,
    seed = 1,
  }: { readonly isFree?: (agent: AgentView, request: RequestFacts) => boolean; readonly seed?: number } = {},
): BalancerDriver {
  const random = seededRandom(seed);
  let monotonicMs = 0;
  const now = (): Moment => ({ nowMs: monotonicMs, monotonicMs, random });

  function weigh(request: RequestFacts, agents: readonly AgentView[]): readonly Costed[] {
    const costOf = (agent: AgentView) => balancers.reduce((sum, balancer) => sum + (balancer.cost?.(request, agent, now()) ?? 0), 0);
    const costed = agents.map((agent) => ({ agent, cost: costOf(agent), free: isFree(agent, request) }));
    return costed.filter(({ cost }) => cost < Number.POSITIVE_INFINITY);
  }
  function choose(request: RequestFacts, agents: readonly AgentView[]): Choice {
    const candidates = weigh(request, agents);
    const chooser = balancers.findLast((balancer) => balancer.choose);
    return chooser?.choose?.(request, candidates, now()) ?? chooseLeastCost(candidates, now());
  }
  return {
    choose,
    assign(request, agents) {
      const choice = choose(request, agents);
      if ('reject' in choice) throw new Error(choice.why);
      for (const balancer of balancers)
        balancer.assigned?.({ request, agent: choice.agent, candidates: weigh(request, agents), at: now() });
      return choice.agent;
    },
    settle(request, agent, totalMs, firstByteMs) {
      for (const balancer of balancers) {
        if (firstByteMs !== undefined) balancer.firstByte?.({ request, agent, at: now(), firstByteMs });
        balancer.settled?.({ request, agent, at: now(), outcome: 'completed', totalMs });
      }
    },
    advance(ms) {
      monotonicMs += ms;
    },
  };
}

function freeByView(agent: AgentView, { model, signature }: RequestFacts): boolean {
  return hasFreeSlot(agent, model, signature);
}
