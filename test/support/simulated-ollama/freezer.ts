import type { Clock, Timer } from '@ollama-coordinator/common';

export interface Freezer {
  /** Stands still while frozen: no timer runs, and no time has passed afterwards. */
  readonly clock: Clock;
  readonly isFrozen: () => boolean;
  /** Resolves when it is not, or no longer, frozen. */
  whenThawed(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

/** What SIGSTOP does to a server, seen from outside: connections are accepted, and nothing moves. */
export function createFreezer(clock: Clock): Freezer {
  let frozenAtMs: number | undefined;
  let stoodStillMs = 0;
  let waiting: (() => void)[] = [];

  const whenMoving = (run: () => void) => () => {
    if (frozenAtMs === undefined) run();
    else waiting.push(run);
  };
  const cancellable = (timer: Timer, cancel: () => void): Timer => ({
    cancel: () => {
      cancel();
      timer.cancel();
    },
  });
  const frozenTimer = (set: (run: () => void) => Timer, run: () => void): Timer => {
    let cancelled = false;
    const guarded = () => {
      if (!cancelled) run();
    };
    return cancellable(set(whenMoving(guarded)), () => {
      cancelled = true;
    });
  };

  return {
    clock: {
      now: clock.now,
      monotonic: () => (frozenAtMs ?? clock.monotonic()) - stoodStillMs,
      setTimeout: (run, delayMs) => frozenTimer((guarded) => clock.setTimeout(guarded, delayMs), run),
      setInterval: (run, periodMs) => frozenTimer((guarded) => clock.setInterval(guarded, periodMs), run),
    },
    isFrozen: () => frozenAtMs !== undefined,
    whenThawed: () => new Promise((resolve) => whenMoving(resolve)()),
    freeze: () => {
      frozenAtMs ??= clock.monotonic();
    },
    thaw: () => {
      if (frozenAtMs === undefined) return;
      stoodStillMs += clock.monotonic() - frozenAtMs;
      frozenAtMs = undefined;
      const runs = waiting;
      waiting = [];
      for (const run of runs) run();
    },
  };
}
