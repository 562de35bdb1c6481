import {
  type Balancer,
  type Choice,
  type Costed,
  chooseLeastCost,
  type Moment,
  type RequestFacts,
} from '@ollama-coordinator/common/balancing';
import type { WritableCosted } from './agent-views.js';
import type { FaultKind } from './balancer-faults.js';

/** One balancer of the profile. Costs are multiplied by `weight` (above zero) and added up. */
export interface WeightedBalancer {
  readonly name: string;
  readonly balancer: Balancer;
  readonly weight: number;
}

/** Thrown inside a decision, and caught where it ends: whose fault it is that the profile gives no answer. */
export class BalancerFault extends Error {
  override readonly name = 'BalancerFault';
  readonly balancer: string;
  readonly kind: FaultKind;
  constructor(balancer: string, kind: FaultKind, cause: unknown) {
    super(`balancer "${balancer}": ${kind}`, { cause });
    this.balancer = balancer;
    this.kind = kind;
  }
}

/**
 * The profile's verdict over candidates (at least one): weighted sum of costs, then `choose` of the last balancer that has
 * one, else the least cost. Writes the costs into the candidates. Throws BalancerFault when a balancer throws or answers
 * with something that is no cost or no choice.
 */
export function decide(
  profile: readonly WeightedBalancer[],
  request: RequestFacts,
  candidates: readonly WritableCosted[],
  at: Moment,
): Choice {
  let refusals = 0;
  for (const weighted of profile) if (weighted.balancer.cost) refusals += addCosts(weighted, request, candidates, at);
  const chooser = profile.findLast(({ balancer }) => balancer.choose);
  if (!chooser) return chooseLeastCost(candidates, at);
  const acceptable = refusals > 0 ? candidates.filter((candidate) => !isRefused(candidate)) : candidates;
  if (acceptable.length === 0) return { reject: true, why: 'every candidate was refused' };
  return checkChoice(
    chooser.name,
    guard(chooser.name, () => chooser.balancer.choose?.(request, acceptable, at)),
    acceptable,
  );
}

/** Returns how many candidates the balancer refuses. */
function addCosts(
  { name, balancer, weight }: WeightedBalancer,
  request: RequestFacts,
  candidates: readonly WritableCosted[],
  at: Moment,
): number {
  return guard(name, () => {
    let refusals = 0;
    for (const candidate of candidates) {
      const cost: unknown = balancer.cost?.(request, candidate.agent, at);
      if (typeof cost !== 'number' || !(cost > Number.NEGATIVE_INFINITY)) throw new BalancerFault(name, 'bad-cost', settleQuietly(cost));
      if (cost === Number.POSITIVE_INFINITY) refusals += 1;
      candidate.cost += cost * weight;
    }
    return refusals;
  });
}

function isRefused({ cost }: Costed): boolean {
  return cost === Number.POSITIVE_INFINITY;
}

function guard<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof BalancerFault ? error : new BalancerFault(name, 'threw', error);
  }
}

/** Holds what a plugin of unknown make returned against the contract. */
function checkChoice(name: string, choice: unknown, candidates: readonly Costed[]): Choice {
  if (typeof choice !== 'object' || choice === null) throw new BalancerFault(name, 'bad-choice', choice);
  settleQuietly(choice);
  const { agent, reject, why } = choice as { agent?: unknown; reject?: unknown; why?: unknown };
  const reason = typeof why === 'string' ? toLine(why) : '';
  if (reject === true) {
    if (reason === '') throw new BalancerFault(name, 'unexplained-reject', undefined);
    return { reject, why: reason };
  }
  if (typeof agent !== 'string') throw new BalancerFault(name, 'bad-choice', choice);
  if (!candidates.some((candidate) => candidate.agent.id === agent)) throw new BalancerFault(name, 'stranger', agent);
  return { agent, why: reason || `chosen by ${name}` };
}

/** Reasons go into a response header and into logs: one line of bounded length. */
function toLine(why: string): string {
  return why
    .slice(0, 200)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
}

/** The contract is synchronous. A promise returned by mistake must not end the process when it rejects. */
export function settleQuietly(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'then' in value) Promise.resolve(value).catch(() => undefined);
  return value;
}
