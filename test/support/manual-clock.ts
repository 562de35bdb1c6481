import type { Clock, Timer } from '@ollama-coordinator/common';

export interface ManualClock extends Clock {
  /** Moves both hands on, running the timers that fall due in their order. */
  advance(ms: number): void;
}

/** A clock whose hands a test holds. Wall time starts at 2026-01-01, monotonic time at 0. */
export function createManualClock(): ManualClock {
  const startMs = Date.UTC(2026, 0, 1);
  const timers = new Set<{ dueMs: number; periodMs?: number; run: () => void }>();
  let elapsedMs = 0;

  const add = (timer: { dueMs: number; periodMs?: number; run: () => void }): Timer => {
    timers.add(timer);
    return { cancel: () => timers.delete(timer) };
  };
  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    setTimeout: (run, delayMs) => add({ dueMs: elapsedMs + delayMs, run }),
    setInterval: (run, periodMs) => add({ dueMs: elapsedMs + periodMs, periodMs, run }),
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        const next = [...timers].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined) break;
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        if (next.periodMs === undefined) timers.delete(next);
        else next.dueMs += next.periodMs;
        next.run();
      }
      elapsedMs = untilMs;
    },
  };
}
