import type { Clock } from '@ollama-coordinator/common';

/** How fast the waiting requests of one line get their slots, so that Retry-After is computed and not guessed. */
export interface ServiceRate {
  /** The line was empty until here: the time before says nothing about how fast it is served. */
  began(): void;
  /** A waiting request was given a slot. */
  served(): void;
  /** Whether enough was measured to turn somebody away for it. */
  isKnown(): boolean;
  /** Milliseconds until a request with `ahead` others before it is given its slot. */
  expectedWaitMs(ahead: number): number;
}

/** Weight of the latest gap in the moving mean. */
const WEIGHT = 0.1;
const FIRST_GUESS_MS = 1000;
/** So many requests make a mean. */
const ENOUGH = 10;

export function createServiceRate(clock: Pick<Clock, 'monotonic'>): ServiceRate {
  let meanGapMs: number | undefined;
  let lastMs = clock.monotonic();
  let gaps = 0;
  return {
    began: () => {
      lastMs = clock.monotonic();
    },
    served: () => {
      const nowMs = clock.monotonic();
      const gapMs = nowMs - lastMs;
      meanGapMs = meanGapMs === undefined ? gapMs : meanGapMs + (gapMs - meanGapMs) * WEIGHT;
      lastMs = nowMs;
      gaps += 1;
    },
    isKnown: () => gaps >= ENOUGH,
    expectedWaitMs: (ahead) => (ahead + 1) * (meanGapMs ?? FIRST_GUESS_MS),
  };
}

/** As a Retry-After: at least 1 second and at most 60. */
export function retryAfterS(waitMs: number): number {
  return Math.min(Math.max(waitMs / 1000, 1), 60);
}
