import type { Choice, Costed, Moment, RequestFacts } from '@ollama-coordinator/common/balancing';
import type { WritableCosted } from './agent-views.js';
import type { BalancerFaults } from './balancer-faults.js';
import { BalancerFault, decide, shortName, type WeightedBalancer } from './decide.js';

export interface FallBackDeps {
  readonly faults: Pick<BalancerFaults, 'note'>;
  /** The candidates as they were: a balancer that fails may have changed the list before. At least one. */
  readonly again: () => readonly WritableCosted[];
}

/**
 * The verdict of the profile; where one of its balancers fails, that of the others, so that what they refuse stays refused.
 * Without any it is the candidate with fewest in flight.
 */
export function decideOrFallBack(
  profile: readonly WeightedBalancer[],
  request: RequestFacts,
  candidates: readonly WritableCosted[],
  at: Moment,
  { faults, again }: FallBackDeps,
): Choice {
  if (profile.length === 0) return { agent: fewestInFlight(candidates, at).agent.id, why: 'fewest in flight' };
  try {
    return decide(profile, request, candidates, at);
  } catch (error) {
    if (!(error instanceof BalancerFault)) throw error;
    const { weighted, kind, cause } = error;
    faults.note(weighted.name, kind, cause);
    const others = profile.filter((other) => other !== weighted);
    const choice = decideOrFallBack(others, request, again(), at, { faults, again });
    return { ...choice, why: `${choice.why}, without ${shortName(weighted.name)}, which failed` };
  }
}

/** Among the free candidates, or among all where none is free. Ties by chance. */
function fewestInFlight(candidates: readonly Costed[], { random }: Moment): Costed {
  const offset = Math.floor(random() * candidates.length);
  const inTurn = [...candidates.slice(offset), ...candidates.slice(0, offset)];
  return inTurn.reduce((best, next) => {
    if (best.free !== next.free) return next.free ? next : best;
    return next.agent.inFlight < best.agent.inFlight ? next : best;
  });
}
