import { backoffDelayMs, type Clock } from '@ollama-coordinator/common';

/** What failed is left alone for so long, doubling with each further failure. */
const REST = { firstMs: 30_000, maxMs: 10 * 60_000 };

/** Which of something failed lately, and is not to be tried again yet. */
export function createRests(clock: Pick<Clock, 'monotonic'>) {
  const failures = new Map<string, { readonly times: number; readonly untilMs: number }>();
  return {
    rest(what: string): void {
      const times = (failures.get(what)?.times ?? 0) + 1;
      failures.set(what, { times, untilMs: clock.monotonic() + backoffDelayMs(times, REST) });
    },
    /** Failures older than the longest rest are forgotten. */
    resting(): ReadonlySet<string> {
      const nowMs = clock.monotonic();
      for (const [what, { untilMs }] of failures) if (untilMs + REST.maxMs < nowMs) failures.delete(what);
      return new Set([...failures].filter(([, { untilMs }]) => untilMs > nowMs).map(([what]) => what));
    },
  };
}
