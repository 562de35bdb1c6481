import type { RunnerSignature } from '@ollama-coordinator/common';
import type { Cells } from './cells.js';

/** After this long a request counts half: the rate is one of some minutes. */
const HALF_LIFE_MS = 120_000;
const DECAY_PER_S = (Math.LN2 * 1000) / HALF_LIFE_MS;

/** Counts a request for a runner. The cell's mean is the count, each request less the longer it is ago. */
export function learnDemand(cells: Cells, signature: RunnerSignature, atMs: number): void {
  const before = cells.get('demand', signature);
  const lastMs = before?.atMs ?? atMs;
  const nowMs = Math.max(lastMs, atMs);
  const kept = (before?.mean ?? 0) * decay(nowMs - lastMs);
  cells.set('demand', signature, { mean: kept + decay(nowMs - atMs), variance: 0, count: 1, surprises: 0, atMs: nowMs });
}

/** Requests a second for that runner, of the whole fleet; undefined where none was seen. */
export function readDemand(cells: Cells, signature: RunnerSignature, nowMs: number): number | undefined {
  const cell = cells.get('demand', signature);
  return cell && cell.mean * decay(nowMs - cell.atMs) * DECAY_PER_S;
}

function decay(elapsedMs: number): number {
  return 2 ** (-Math.max(0, elapsedMs) / HALF_LIFE_MS);
}
