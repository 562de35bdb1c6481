/** Where a part reads the time and sets timers, so that a test can hold the hands. Milliseconds everywhere. */
export interface Clock {
  /** Wall time, for records and for people. Never used to measure a duration. */
  now(): number;
  /** Monotonic time, for durations and deadlines. */
  monotonic(): number;
  setTimeout(run: () => void, delayMs: number): Timer;
  setInterval(run: () => void, periodMs: number): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The machine's own clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (run, delayMs) => {
    const handle = setTimeout(run, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  },
  setInterval: (run, periodMs) => {
    const handle = setInterval(run, periodMs).unref();
    return { cancel: () => clearInterval(handle) };
  },
};
