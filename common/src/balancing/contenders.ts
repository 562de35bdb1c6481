import type { Costed } from './contract.js';

/** What a place in line weighs: about one request. As `requestS` of the balancers that know costs only. */
const NEXT_SLOT_S = 10;
/** What a silent watch weighs: a suspect agent comes last. */
const SUSPECT_S = 600;

/**
 * The candidates among which a `choose` may follow its own rule: the cheapest by the costs of the profile, where a full one
 * costs the wait for its next slot. Alone in its profile, a balancer without `cost` so has every free candidate to choose
 * from, and every one when none is free. `withinS`: how many seconds dearer than the cheapest still contend, for a rule that
 * is worth something. Returns `candidates` itself where all of them contend. Pure.
 */
export function contenders(candidates: readonly Costed[], withinS = 0): readonly Costed[] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const cost = effectiveCost(candidate);
    if (cost < least) least = cost;
    if (cost > most) most = cost;
  }
  const limit = least + withinS;
  return most <= limit ? candidates : candidates.filter((candidate) => effectiveCost(candidate) <= limit);
}

function effectiveCost({ cost, free, agent }: Costed): number {
  return cost + (free ? 0 : NEXT_SLOT_S) + (agent.suspect ? SUSPECT_S : 0);
}
