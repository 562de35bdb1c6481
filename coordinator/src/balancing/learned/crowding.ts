import { type Cell, learn } from './cell.js';
import { type Cells, nameOf } from './cells.js';
import { type Pair, readSpeed } from './speeds.js';

/** What each further stream takes from the others' speed: batching shares the readings of the model, not the arithmetic. */
const PRIOR_SLOWDOWN = 0.15;
const MOST_SLOWDOWN = 3;
const GAIN = 0.1;
/** Observations that the guess is worth. */
const PRIOR_COUNT = 2;

const EVERYWHERE = nameOf('', '');

/** A speed as it was measured with `crowd` others on the runner, on the mean of its time. */
interface Crowded {
  readonly perS: number;
  readonly crowd: number;
}

/** Learns by how much decoding slows down per further request on the runner, from how much slower than alone it was. */
export function learnCrowding(cells: Cells, pair: Pair, { perS, crowd }: Crowded, atMs: number): void {
  if (crowd < 0.5) return;
  const alone = readSpeed(cells, 'decode', pair, atMs);
  if (alone.from !== 'learned') return;
  const slowdown = Math.min(Math.max((alone.mean / perS - 1) / crowd, 0), MOST_SLOWDOWN);
  for (const name of [nameOf(pair.agent, pair.model), nameOf(pair.agent, ''), EVERYWHERE]) {
    cells.set('crowding', name, learn(cells.get('crowding', name), slowdown, atMs, { gain: GAIN, weight: crowd / (crowd + 1) }));
  }
}

/** Share of its lone speed that a request keeps with `crowd` others on the runner, each of which slows it down by `slowdown`. */
export function shareInCrowd(slowdown: number, crowd: number): number {
  return 1 / (1 + slowdown * Math.max(0, crowd));
}

/** The agent's own with the model, as far as it rests on anything; else with other models; else what agents in general show. */
export function slowdownOf(cells: Cells, agent: string, model: string): number {
  const everywhere = blend(cells.get('crowding', EVERYWHERE), PRIOR_SLOWDOWN);
  return blend(cells.get('crowding', nameOf(agent, model)), blend(cells.get('crowding', nameOf(agent, '')), everywhere));
}

function blend(cell: Cell | undefined, guess: number): number {
  return cell === undefined ? guess : (cell.mean * cell.count + guess * PRIOR_COUNT) / (cell.count + PRIOR_COUNT);
}
