import type { Random } from '@ollama-coordinator/common';
import { exponential, gaussian } from '../machine/seeded-by.js';

/** What the synthetic traces draw from. */
export interface Draws {
  readonly random: Random;
  /** Rank of a model, 1 to `models`, with Zipf's weights. */
  readonly model: (models: number) => string;
  readonly caller: (callers: number) => string;
  /** Sizes as people's are: many small ones, few large. */
  readonly tokens: (median: number, spread: number, most: number) => number;
  readonly gapMs: (perSecond: number) => number;
}

export function createDraws(random: Random): Draws {
  return {
    random,
    model: (models) => `#${zipf(models, random)}`,
    caller: (callers) => `caller-${zipf(callers, random)}`,
    tokens: (median, spread, most) => Math.max(1, Math.min(most, Math.round(median * Math.exp(spread * gaussian(random))))),
    gapMs: (perSecond) => exponential(random, 1000 / perSecond),
  };
}

function zipf(count: number, random: Random): number {
  let total = 0;
  for (let rank = 1; rank <= count; rank += 1) total += 1 / rank;
  let rest = random() * total;
  for (let rank = 1; rank <= count; rank += 1) {
    rest -= 1 / rank;
    if (rest < 0) return rank;
  }
  return count;
}
