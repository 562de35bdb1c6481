import { silentLogger } from '@ollama-coordinator/common';
import { loadBalancer } from '#coordinator/balancing/load-plugin.js';
import { createExpectedCompletion } from './reference/expected-completion.js';
import type { SimulationOptions } from './simulate.js';

/** What the informed reference is called where a balancer is named. */
export const INFORMED = 'informed';

/** The balancer of that name, as a coordinator would load it, or the informed reference. Throws AppError BAD_BALANCER. */
export function namedBalancer(name: string, from: string = process.cwd()): SimulationOptions['createBalancer'] {
  if (name === INFORMED) return async (truth) => ({ name, balancer: createExpectedCompletion(truth), isInformed: true });
  return () => loadBalancer(name, {}, { log: silentLogger, from });
}
