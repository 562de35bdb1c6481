import type { AgentView, Balancer, CostPart, Moment, RequestFacts } from '@ollama-coordinator/common/balancing';
import { shortName, type WeightedBalancer } from '../decide.js';

/** The parts of one candidate's cost by the whole profile. Seconds, multiplied by the balancers' weights. */
export interface ExplainedCost {
  readonly total: number;
  readonly parts: readonly { readonly balancer: string; readonly name: string; readonly seconds: number }[];
  /** Which balancers refuse it, each with the names of the parts that do. */
  readonly refusedBy: ReadonlyMap<string, readonly string[]>;
}

/** Called with what a balancer failed at. */
export type OnProblem = (weighted: WeightedBalancer, problem: unknown) => void;

/** Asks every balancer that has costs; one that fails has none. Pure, as far as the balancers are. */
export function explainCosts(
  profile: readonly WeightedBalancer[],
  request: RequestFacts,
  agent: AgentView,
  at: Moment,
  onProblem: OnProblem,
): ExplainedCost {
  const parts: { balancer: string; name: string; seconds: number }[] = [];
  const refusedBy = new Map<string, readonly string[]>();
  for (const weighted of profile) {
    const balancer = shortName(weighted.name);
    try {
      for (const { name, seconds } of partsOf(weighted.balancer, request, agent, at)) {
        parts.push({ balancer, name, seconds: seconds * weighted.weight });
        if (seconds === Number.POSITIVE_INFINITY) refusedBy.set(balancer, [...(refusedBy.get(balancer) ?? []), name]);
      }
    } catch (problem) {
      onProblem(weighted, problem);
    }
  }
  return { total: parts.reduce((sum, { seconds }) => sum + seconds, 0), parts, refusedBy };
}

/** The balancer's own parts, else one that is the whole cost. Throws where it answers nonsense. */
function partsOf(balancer: Balancer, request: RequestFacts, agent: AgentView, at: Moment): readonly CostPart[] {
  if (!balancer.cost) return [];
  const cost: unknown = balancer.cost(request, agent, at);
  if (typeof cost !== 'number' || !(cost > Number.NEGATIVE_INFINITY)) throw new Error(`its cost is ${String(cost)}`);
  const parts = balancer.explain?.(request, agent, at);
  return parts && addsUp(parts, cost) ? parts : [{ name: 'cost', seconds: cost }];
}

/** What is decided by is the cost: parts that say something else would mislead. */
function addsUp(parts: readonly CostPart[], cost: number): boolean {
  const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  return total === cost || (Number.isFinite(cost) && Math.abs(total - cost) <= 1e-6 * Math.abs(cost));
}
