import type { Runner } from '@ollama-coordinator/common/balancing';
import { expectedEndMs, expectedReadyMs, type RunningAttempt } from './running-attempts.js';

/** What runs on a runner. */
export interface RunnerLoad {
  readonly slots: number;
  readonly state: Runner['state'];
  /** This replica's. */
  readonly ours: readonly RunningAttempt[];
  /** How many others sent: how far they are is not known. */
  readonly others: number;
  /** What one of them takes on the mean. */
  readonly meanServiceS: () => number;
  /** What a load takes. */
  readonly loadS: () => number;
}

type Expected = Pick<Runner, 'readyAtMs' | 'busyUntilMs' | 'idleAtMs'>;

/**
 * When a runner is loaded, has a slot free, and has nothing to do, as far as that can be expected at `nowMs` (monotonic).
 * Others' requests are taken to be spread evenly over their time. Pure.
 */
export function expectRunner({ slots, state, ours, others, meanServiceS, loadS }: RunnerLoad, nowMs: number): Expected {
  const readyAtMs = state === 'loading' ? readyMs(ours, loadS, nowMs) : undefined;
  if (ours.length + others === 0) return { readyAtMs, busyUntilMs: undefined, idleAtMs: undefined };
  const fromMs = readyAtMs ?? nowMs;
  const serviceMs = others > 0 ? 1000 * meanServiceS() : 0;
  let firstMs = others > 0 ? fromMs + serviceMs / (others + 1) : Number.POSITIVE_INFINITY;
  let lastMs = others > 0 ? fromMs + (serviceMs * others) / (others + 1) : fromMs;
  for (const attempt of ours) {
    const endMs = expectedEndMs(attempt, nowMs);
    firstMs = Math.min(firstMs, endMs);
    lastMs = Math.max(lastMs, endMs);
  }
  return { readyAtMs, busyUntilMs: ours.length + others < slots ? undefined : firstMs, idleAtMs: lastMs };
}

/** The first of our requests there began the load, or came while it was under way; nobody's of ours: half of it is done. */
function readyMs(ours: readonly RunningAttempt[], loadS: () => number, nowMs: number): number {
  const [first] = ours;
  return first ? expectedReadyMs(first, nowMs) : nowMs + (1000 * loadS()) / 2;
}
