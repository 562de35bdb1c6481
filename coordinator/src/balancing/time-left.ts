/** What is known of a duration before it begins: its mean, and the standard deviation of its logarithm. */
export interface Duration {
  readonly meanMs: number;
  /** 0: it is known exactly. */
  readonly spread: number;
}

/** What has run for longer than it was known to is expected to run on for this share of the time that it has run. */
const OVERDUE_SHARE = 0.25;
/** Below this the tail is taken for what it approaches: the share of it that lies beyond is too small to divide by. */
const FAR_OUT = -3;

/**
 * Milliseconds that it still takes on the mean, after it has gone on for `elapsedMs`. Answers' lengths are about log-normal: one
 * that is long already is likely to be one of the long ones, so that the time left hardly shrinks while it goes on. Pure.
 */
export function timeLeftMs({ meanMs, spread }: Duration, elapsedMs: number): number {
  const atLeastMs = meanMs > elapsedMs ? meanMs - elapsedMs : OVERDUE_SHARE * elapsedMs;
  if (spread < 0.05 || elapsedMs <= 0 || meanMs <= 0) return atLeastMs;
  const standing = (Math.log(meanMs / elapsedMs) - spread ** 2 / 2) / spread;
  if (standing < FAR_OUT) return Math.max(atLeastMs, (elapsedMs * spread) / -standing);
  return Math.max(atLeastMs, (meanMs * normalShare(standing + spread)) / normalShare(standing) - elapsedMs);
}

/**
 * Milliseconds until the first of them ends, which is sooner than the least of what is left of each where their lengths are
 * uncertain: as of Weibull distributions of the same relative spread. Pure.
 */
export function firstEndMs(left: readonly number[], spread: number): number {
  const least = Math.min(...left);
  if (left.length < 2 || spread < 0.05 || least <= 0) return least;
  // Of a Weibull distribution the shape is about 1 / (relative deviation).
  const shape = Math.max(1, 1 / Math.sqrt(Math.exp(spread ** 2) - 1));
  return least * left.reduce((sum, one) => sum + (least / one) ** shape, 0) ** (-1 / shape);
}

/** Share of a normal distribution below `deviations` from its mean. Source: Abramowitz and Stegun, 26.2.17. */
function normalShare(deviations: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(deviations));
  const tail =
    (Math.exp(-(deviations ** 2) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return deviations > 0 ? 1 - tail : tail;
}
