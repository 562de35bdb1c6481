import { type Cell, evidence } from './cell.js';
import { type Cells, type Kind, nameOf } from './cells.js';

/** Whose factor it is; '' for any. */
interface Subject {
  readonly agent: string;
  readonly model: string;
}

/** How far each factor may be from 1 before anything was seen, as a variance of its logarithm: guesses in general, an agent, a model. */
const PRIOR_VARIANCES = [0.5, 0.3, 0.2];
/** Of one measurement around what the factors say: what is peculiar to an agent with a model, and noise. */
const OWN_VARIANCE = 0.05;
/** A factor rests on no more observations than this, so that it follows. */
const MOST_COUNTED = 15;
/** What is further off than this (a factor of 20) counts as this far. */
const MOST_OFF = 3;

/**
 * Corrects the guess of a speed by three factors: of all guesses, of the agent, of the model. What a measurement is off by is
 * shared out among them, the more to each the less is known of it; so that few measurements on some agents with some models say
 * much of the others. `off`: logarithm of measured ÷ guessed.
 */
export function learnFactors(cells: Cells, kind: Kind, { agent, model }: Subject, off: number, atMs: number, weight: number): void {
  const names = factorNames(agent, model);
  let known = 0;
  let total = OWN_VARIANCE;
  names.forEach((name, index) => {
    const cell = cells.get(kind, name);
    known += cell?.mean ?? 0;
    total += varianceOf(cell, index);
  });
  const residual = Math.min(Math.max(off - known, -MOST_OFF), MOST_OFF);
  names.forEach((name, index) => {
    const cell = cells.get(kind, name);
    cells.set(kind, name, {
      mean: (cell?.mean ?? 0) + (weight * residual * varianceOf(cell, index)) / total,
      variance: 0,
      count: Math.min((cell?.count ?? 0) + weight, MOST_COUNTED),
      surprises: 0,
      atMs: Math.max(cell?.atMs ?? atMs, atMs),
    });
  });
}

function varianceOf(cell: Cell | undefined, index: number): number {
  return (PRIOR_VARIANCES[index] ?? 0) / (1 + (cell?.count ?? 0));
}

/** Logarithm of the factor on the guess; each part fades as its observations do. */
export function readFactors(cells: Cells, kind: Kind, { agent, model }: Subject, nowMs: number): number {
  return factorNames(agent, model).reduce((sum, name) => sum + faded(cells.get(kind, name), nowMs), 0);
}

/** In the order of PRIOR_VARIANCES. */
function factorNames(agent: string, model: string): readonly string[] {
  return [nameOf('', ''), nameOf(agent, ''), nameOf('', model)];
}

function faded(cell: Cell | undefined, nowMs: number): number {
  return cell === undefined || cell.count === 0 ? 0 : (cell.mean * evidence(cell, nowMs)) / cell.count;
}
