import { type Random, systemRandom } from './random.js';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Share of the delay that is random, 0 to 1, so that many callers do not come back at the same moment. */
  readonly jitter?: number;
}

/** Milliseconds to wait before try `attempt` (1 = the first repeat): doubling from `firstMs` up to `maxMs`. */
export function backoffDelayMs(attempt: number, options: BackoffOptions, random: Random = systemRandom): number {
  const full = Math.min(options.firstMs * 2 ** (attempt - 1), options.maxMs);
  return full - full * (options.jitter ?? 0) * random();
}
