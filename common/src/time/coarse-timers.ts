import type { Clock, Timer } from './clock.js';

/** Steps in which they run. */
const STEP_MS = 250;
/** A shorter time is kept exactly, by the clock itself. */
const LEAST_MS = 8 * STEP_MS;

/**
 * Timeouts of seconds and more that nearly never run out, as each request has some: they run up to a quarter of a second
 * late, all by one timer of the clock, and setting and cancelling one is a few writes.
 */
export function createCoarseTimers(clock: Pick<Clock, 'monotonic' | 'setTimeout'>): Pick<Clock, 'monotonic' | 'setTimeout'> {
  const buckets = new Map<number, Bucket>();
  let count = 0;
  let isTicking = false;
  let doneStep = 0;

  function tick(): void {
    isTicking = false;
    const step = Math.floor(clock.monotonic() / STEP_MS);
    while (doneStep < step && count > 0) {
      doneStep += 1;
      const bucket = buckets.get(doneStep);
      buckets.delete(doneStep);
      for (let timer = bucket?.first; timer; timer = bucket?.first) timer.fire();
    }
    if (count > 0) tickSoon();
    else buckets.clear();
  }

  function tickSoon(): void {
    if (isTicking) return;
    isTicking = true;
    clock.setTimeout(tick, STEP_MS);
  }

  function bucketAt(step: number): Bucket {
    const known = buckets.get(step);
    if (known) return known;
    const bucket = new Bucket((change) => {
      count += change;
    });
    buckets.set(step, bucket);
    return bucket;
  }

  return {
    monotonic: () => clock.monotonic(),
    setTimeout(run, delayMs) {
      if (delayMs < LEAST_MS) return clock.setTimeout(run, delayMs);
      const nowMs = clock.monotonic();
      if (count === 0) doneStep = Math.floor(nowMs / STEP_MS);
      const timer = new CoarseTimer(run, bucketAt(Math.ceil((nowMs + delayMs) / STEP_MS)));
      tickSoon();
      return timer;
    },
  };
}

/** The timers of one step, as a list that each can leave by itself. */
class Bucket {
  first: CoarseTimer | undefined;
  readonly onChange: (change: 1 | -1) => void;

  constructor(onChange: (change: 1 | -1) => void) {
    this.onChange = onChange;
  }
}

class CoarseTimer implements Timer {
  #run: (() => void) | undefined;
  #bucket: Bucket | undefined;
  #previous: CoarseTimer | undefined;
  #next: CoarseTimer | undefined;

  constructor(run: () => void, bucket: Bucket) {
    this.#run = run;
    this.#bucket = bucket;
    this.#next = bucket.first;
    if (this.#next) this.#next.#previous = this;
    bucket.first = this;
    bucket.onChange(1);
  }

  /** Lets go of everything: what hangs on a timer must not live as long as its neighbours. */
  cancel(): void {
    const bucket = this.#bucket;
    if (!bucket) return;
    if (this.#previous) this.#previous.#next = this.#next;
    else bucket.first = this.#next;
    if (this.#next) this.#next.#previous = this.#previous;
    this.#run = this.#bucket = this.#previous = this.#next = undefined;
    bucket.onChange(-1);
  }

  fire(): void {
    const run = this.#run;
    this.cancel();
    run?.();
  }
}
