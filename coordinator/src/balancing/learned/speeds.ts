import type { Estimate } from '@ollama-coordinator/common/balancing';
import { evidence, learn } from './cell.js';
import { type Cells, nameOf } from './cells.js';
import { learnFactors, readFactors } from './speed-factors.js';
import { priorSpeed } from './speed-priors.js';

export type SpeedKind = 'load' | 'prefill' | 'decode';

/** An agent with a model. */
export interface Pair {
  readonly agent: string;
  readonly model: string;
  readonly modelBytes: number;
  /** Of all its GPUs together; 0 = none. */
  readonly vramBytes: number;
}

/** Weight of the latest observation: of some seven is what a speed is made of. */
const GAIN = { load: 0.3, prefill: 0.15, decode: 0.15 };
/** How far a figure that nobody measured may be off, as a standard deviation of its logarithm: a factor of two. */
const PRIOR_DEVIATION = 0.7;
/** Observations that the guess is worth beside an agent's own. */
const PRIOR_COUNT = 0.25;
/** Standard deviations between mean and 90th percentile. */
const P90 = 1.2816;
/** An estimate that rests on less than this of one observation is a guess. */
const LEAST_EVIDENCE = 0.25;

/**
 * Takes one measured figure in (seconds of a load, tokens per second), and what it says of the agent with other models and
 * of the model on other agents, and of the guesses in general.
 */
export function learnSpeed(cells: Cells, kind: SpeedKind, pair: Pair, value: number, atMs: number, weight = 1): void {
  const { agent, model } = pair;
  const log = Math.log(value);
  const own = nameOf(agent, model);
  cells.set(kind, own, learn(cells.get(kind, own), log, atMs, { gain: GAIN[kind], weight }));
  learnFactors(cells, kind, pair, log - logPrior(kind, pair), atMs, weight);
}

/** The agent's own figure, as far as it rests on anything; else the guess, corrected by what agent, model and all others showed elsewhere. */
export function readSpeed(cells: Cells, kind: SpeedKind, pair: Pair, nowMs: number): Estimate {
  const { agent, model } = pair;
  const own = cells.get(kind, nameOf(agent, model));
  const guess = logPrior(kind, pair) + readFactors(cells, kind, pair, nowMs);
  const count = evidence(own, nowMs);
  const trust = count / (count + PRIOR_COUNT);
  const mean = guess + trust * ((own?.mean ?? guess) - guess);
  const variance = (own?.variance ?? 0) * trust + PRIOR_DEVIATION ** 2 * (1 - trust);
  return {
    mean: Math.exp(mean),
    p90: Math.exp(mean + P90 * Math.sqrt(variance)),
    from: count >= LEAST_EVIDENCE ? 'learned' : 'prior',
  };
}

function logPrior(kind: SpeedKind, { modelBytes, vramBytes }: Pair): number {
  return Math.log(priorSpeed(modelBytes, vramBytes)[kind]);
}
