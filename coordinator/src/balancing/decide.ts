import {
  type Balancer,
  type Choice,
  type Costed,
  chooseLeastCost,
  type Moment,
  type NeededFact,
  type RequestFacts,
} from '@ollama-coordinator/common/balancing';
import type { WritableCosted } from './agent-views.js';
import type { FaultKind } from './balancer-faults.js';

/** One balancer of the profile. Costs are multiplied by `weight` (above zero) and added up. */
export interface WeightedBalancer {
  readonly name: string;
  readonly balancer: Balancer;
  readonly weight: number;
  /** Facts that cost something to make. */
  readonly needs?: readonly NeededFact[];
  /** See BalancerManifest. */
  readonly mostCandidates?: number | undefined;
}

/** Thrown inside a decision, and caught where it ends: whose fault it is that the profile gives no answer. */
export class BalancerFault extends Error {
  override readonly name = 'BalancerFault';
  readonly weighted: WeightedBalancer;
  readonly kind: FaultKind;
  constructor(weighted: WeightedBalancer, kind: FaultKind, cause: unknown) {
    super(`balancer "${weighted.name}": ${kind}`, { cause });
    this.weighted = weighted;
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
  const acceptable = refusals > 0 ? candidates.filter((candidate) => !isRefused(candidate)) : candidates;
  if (acceptable.length === 0) return { reject: true, why: `every candidate was refused by ${refusers(profile, request, candidates, at)}` };
  const chooser = profile.findLast(({ balancer }) => balancer.choose);
  if (!chooser) return chooseLeastCost(candidates, at);
  // Also reading what it answers may throw.
  return guard(chooser, () => checkChoice(chooser, chooser.balancer.choose?.(request, acceptable, at), acceptable));
}

/** Returns how many candidates the balancer refuses. */
function addCosts(weighted: WeightedBalancer, request: RequestFacts, candidates: readonly WritableCosted[], at: Moment): number {
  const { balancer, weight } = weighted;
  return guard(weighted, () => {
    let refusals = 0;
    for (const candidate of candidates) {
      const cost: unknown = balancer.cost?.(request, candidate.agent, at);
      if (typeof cost !== 'number' || !(cost > Number.NEGATIVE_INFINITY))
        throw new BalancerFault(weighted, 'bad-cost', settleQuietly(cost));
      if (cost === Number.POSITIVE_INFINITY) refusals += 1;
      candidate.cost += cost * weight;
    }
    return refusals;
  });
}

/** Which balancers refuse somebody; asked again, since it is rare. */
function refusers(profile: readonly WeightedBalancer[], request: RequestFacts, candidates: readonly Costed[], at: Moment): string {
  const refuses = (weighted: WeightedBalancer) =>
    candidates.some(({ agent }) => guard(weighted, () => weighted.balancer.cost?.(request, agent, at)) === Number.POSITIVE_INFINITY);
  return profile
    .filter(refuses)
    .map(({ name }) => shortName(name))
    .join(' and ');
}

/** `round-robin` for one of ours, the npm name for others. */
export function shortName(name: string): string {
  return name.replace('@ollama-coordinator/balancer-', '');
}

function isRefused({ cost }: Costed): boolean {
  return cost === Number.POSITIVE_INFINITY;
}

function guard<T>(weighted: WeightedBalancer, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof BalancerFault ? error : new BalancerFault(weighted, 'threw', error);
  }
}

/** Holds what a plugin of unknown make returned against the contract. */
function checkChoice(chooser: WeightedBalancer, choice: unknown, candidates: readonly Costed[]): Choice {
  if (typeof choice !== 'object' || choice === null) throw new BalancerFault(chooser, 'bad-choice', choice);
  if (isPromise(choice)) throw new BalancerFault(chooser, 'bad-choice', settleQuietly(choice));
  const { agent, reject, why } = choice as { agent?: unknown; reject?: unknown; why?: unknown };
  const reason = typeof why === 'string' ? toLine(why) : '';
  if (reject === true) {
    if (reason === '') throw new BalancerFault(chooser, 'unexplained-reject', undefined);
    return { reject, why: reason };
  }
  if (typeof agent !== 'string') throw new BalancerFault(chooser, 'bad-choice', choice);
  if (!candidates.some((candidate) => candidate.agent.id === agent)) throw new BalancerFault(chooser, 'stranger', agent);
  return { agent, why: reason || `chosen by ${chooser.name}`, evict: readEvict(chooser, (choice as { evict?: unknown }).evict) };
}

function readEvict(chooser: WeightedBalancer, evict: unknown): readonly string[] {
  if (evict === undefined) return [];
  if (!Array.isArray(evict) || !evict.every((signature) => typeof signature === 'string'))
    throw new BalancerFault(chooser, 'bad-choice', { evict });
  return evict;
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
  if (isPromise(value)) Promise.resolve(value).catch(() => undefined);
  return isPromise(value) ? 'a promise' : value;
}

export function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}
