import type { Choice, Costed, Moment } from './contract.js';

/**
 * What the coordinator does for a balancer without `choose`: the least cost wins; ties go to a free slot, then to fewest
 * requests in flight, and what is still equal is decided by `at.random`, each with the same chance. Infinity is never chosen. Pure.
 */
export function chooseLeastCost(candidates: readonly Costed[], at: Pick<Moment, 'random'>): Choice {
  let best: Costed | undefined;
  let equals = 0;
  let refused = 0;
  for (const candidate of candidates) {
    if (candidate.cost === Number.POSITIVE_INFINITY) {
      refused += 1;
      continue;
    }
    const order = best === undefined ? -1 : compareCosted(candidate, best);
    if (order > 0) continue;
    equals = order === 0 ? equals + 1 : 1;
    if (order < 0 || at.random() * equals < 1) best = candidate;
  }
  if (best === undefined) return { reject: true, why: 'every candidate was refused' };
  const tie = equals > 1 ? `, equal to ${equals - 1} more` : '';
  const others = refused > 0 ? `, ${refused} refused` : '';
  return { agent: best.agent.id, why: `lowest cost of ${candidates.length - refused} (${formatSeconds(best.cost)})${tie}${others}` };
}

function compareCosted(one: Costed, other: Costed): number {
  if (one.cost !== other.cost) return one.cost - other.cost;
  return one.free === other.free ? one.agent.inFlight - other.agent.inFlight : Number(other.free) - Number(one.free);
}

function formatSeconds(seconds: number): string {
  return `${Number(seconds.toPrecision(3))} s`;
}
