/**
 * One figure that is learned, as its logarithm unless said otherwise: an exponentially weighted mean that knows how far its
 * observations spread, and how many of them it rests on. Never changed: an observation makes another one.
 */
export interface Cell {
  readonly mean: number;
  /** Variance of the observations around the mean. */
  readonly variance: number;
  /** Observations that it rests on: no more than its gain lets count, few again after it jumped. */
  readonly count: number;
  /** Observations in a row that were far off to one side; negative below the mean. */
  readonly surprises: number;
  /** Wall time of the last observation, by Redis' clock. */
  readonly atMs: number;
}

export interface Learning {
  /** Weight of an observation once there are many; the mean follows within some 1 / gain of them. */
  readonly gain: number;
  /** How much this observation says, above 0 to 1. */
  readonly weight?: number;
  /** Observations that the beginning, a mean of 0, is worth: for factors, which are 1 until shown otherwise. */
  readonly startCount?: number;
}

/** Standard deviation before any was seen, and the least that is believed. */
const FIRST_DEVIATION = 0.35;
const LEAST_DEVIATION = 0.08;
/** Observations further off than this many standard deviations are outliers, or the first sign of a change. */
const FAR = 2.5;
/** So many are taken as they come, before anything can be far off. */
const TAKEN_AS_THEY_COME = 3;
/** Weight of an observation that confirms a change, and what the figure then rests on. */
const JUMP = 0.6;
const COUNT_AFTER_JUMP = 3;

/** The cell after one observation. One that is far off counts as much as a far one may; two in a row to one side are a change. */
export function learn(cell: Cell | undefined, value: number, atMs: number, { gain, weight = 1, startCount = 0 }: Learning): Cell {
  const before = cell ?? { mean: startCount > 0 ? 0 : value, variance: FIRST_DEVIATION ** 2, count: 0, surprises: 0, atMs };
  const deviation = Math.max(Math.sqrt(before.variance), LEAST_DEVIATION);
  const off = value - before.mean;
  const isFar = before.count >= TAKEN_AS_THEY_COME && Math.abs(off) > FAR * deviation;
  const surprises = isFar ? nextSurprise(before.surprises, Math.sign(off)) : 0;
  const hasJumped = Math.abs(surprises) >= 2;
  const share = hasJumped ? JUMP * weight : Math.max(gain, 1 / (before.count + 1 + startCount)) * weight;
  const counted = isFar && !hasJumped ? Math.sign(off) * FAR * deviation : off;
  const spreadShare = Math.max(gain, 1 / (before.count + 2)) * weight;
  return {
    mean: before.mean + share * counted,
    variance: hasJumped ? before.variance : before.variance + spreadShare * (counted ** 2 - before.variance),
    count: hasJumped ? COUNT_AFTER_JUMP : Math.min(before.count + weight, 1 / gain),
    surprises,
    atMs: Math.max(before.atMs, atMs),
  };
}

function nextSurprise(surprises: number, side: number): number {
  return Math.sign(surprises) === side ? surprises + side : side;
}

/** What one observation is worth half of, after this long; what rests on more of them lasts longer, by the square. */
const HALF_LIFE_MS = 600_000;

/**
 * Observations that the cell is worth at this time. A figure that rests on few is soon forgotten, so that one bad record
 * keeps no agent out for long; one that was confirmed again and again lasts for days.
 */
export function evidence(cell: Cell | undefined, nowMs: number): number {
  if (cell === undefined || cell.count === 0) return 0;
  const halfLifeMs = HALF_LIFE_MS * Math.max(1, cell.count ** 2);
  return cell.count * 2 ** (-Math.max(0, nowMs - cell.atMs) / halfLifeMs);
}
