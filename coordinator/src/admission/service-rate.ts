import type { Clock } from '@ollama-coordinator/common';

/** How fast waiting requests get their slots, so that Retry-After is computed and not guessed. */
export interface ServiceRate {
  /** A waiting request was given a slot. */
  served(): void;
  /** Seconds until `waiting` requests have been served, at least 1 and at most 60. */
  expectedWaitS(waiting: number): number;
}

/** Weight of the latest gap in the moving mean. */
const WEIGHT = 0.1;
const FIRST_GUESS_MS = 1000;

export function createServiceRate(clock: Clock): ServiceRate {
  let meanGapMs = FIRST_GUESS_MS;
  let lastMs = clock.monotonic();
  return {
    served: () => {
      const nowMs = clock.monotonic();
      meanGapMs += (nowMs - lastMs - meanGapMs) * WEIGHT;
      lastMs = nowMs;
    },
    expectedWaitS: (waiting) => Math.min(Math.max((waiting * meanGapMs) / 1000, 1), 60),
  };
}
