import { silentLogger } from '@ollama-coordinator/common';
import type { Balancer, NeededFact } from '@ollama-coordinator/common/balancing';
import { loadBalancer } from '#coordinator/balancing/load-plugin.js';
import type { Truth } from './machine/truth.js';

export interface SimulatedBalancer {
  readonly name: string;
  readonly balancer: Balancer;
  /** Facts that cost something to make. */
  readonly needs?: readonly NeededFact[];
  /** It is told the true speeds and lengths instead of what the replicas learn. */
  readonly isInformed?: boolean;
}

/** Makes the balancer of one replica. Only a reference may look at the truth. */
export type CreateBalancer = (truth: Truth) => Promise<SimulatedBalancer>;

/** What the informed reference is called where a balancer is named. */
export const INFORMED = 'informed';
/** Whose rule it goes by. */
const RULE = 'predictive';

/**
 * The balancer of that name, as a coordinator would load it, or the informed reference: the predictive balancer where it
 * need not learn, since it is told the true speeds, load times and lengths. Throws AppError BAD_BALANCER.
 */
export function namedBalancer(name: string, from: string = process.cwd()): CreateBalancer {
  const load = (wanted: string) => loadBalancer(wanted, {}, { log: silentLogger, from });
  return name === INFORMED ? async () => ({ ...(await load(RULE)), name, isInformed: true }) : () => load(name);
}
