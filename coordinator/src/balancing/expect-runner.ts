import type { Runner } from '@ollama-coordinator/common/balancing';
import { expectedEndMs, expectedReadyMs, type RunningAttempt } from './running-attempts.js';
import { firstEndMs } from './time-left.js';

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
  const left = ours.map((attempt) => expectedEndMs(attempt, nowMs) - nowMs);
  const firstMs = () => {
    const spread = Math.max(0, ...ours.map(({ expected }) => expected.decodeSpread));
    const othersFirstMs = others > 0 ? fromMs + serviceMs / (others + 1) : Number.POSITIVE_INFINITY;
    return Math.min(othersFirstMs, nowMs + firstEndMs(left, spread));
  };
  const othersLastMs = others > 0 ? fromMs + (serviceMs * others) / (others + 1) : fromMs;
  return {
    readyAtMs,
    busyUntilMs: ours.length + others < slots ? undefined : firstMs(),
    idleAtMs: Math.max(othersLastMs, nowMs + Math.max(0, ...left)),
  };
}

/** The first of our requests there began the load, or came while it was under way; nobody's of ours: half of it is done. */
function readyMs(ours: readonly RunningAttempt[], loadS: () => number, nowMs: number): number {
  const [first] = ours;
  return first ? expectedReadyMs(first, nowMs) : nowMs + (1000 * loadS()) / 2;
}
