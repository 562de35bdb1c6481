import { AppError, type Clock, type Timer } from '@ollama-coordinator/common';

/**
 * How many further attempts this replica may make, so that a failing fleet is not drowned in repetitions: a share of the
 * requests of a sliding window, and a few more, so that little traffic can be retried at all.
 */
export interface RetryBudget {
  /** A first attempt reached an Ollama. */
  requested(): void;
  /**
   * Resolves with the right to one further attempt as soon as the budget has one, oldest first. Rejects with QUEUE_TIMEOUT
   * after `withinMs`. `onQueued` is given a function that rejects it with the reason given.
   */
  reserve(withinMs: number, onQueued: (abandon: (reason: Error) => void) => void): Promise<RetryPermit>;
  /** Further attempts in the window, of the number allowed at this moment. */
  inspect(): { readonly spent: number; readonly allowed: number; readonly waiting: number };
}

export interface RetryPermit {
  /** What became of it: whether Ollama received the attempt. Only the first call counts. */
  settle(reached: boolean): void;
}

export interface RetryBudgetOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'setTimeout'>;
  /** Further attempts per request. */
  readonly ratio?: number;
  /** Further attempts in each window whatever the traffic. */
  readonly floor?: number;
}

export const RETRY_RATIO = 0.2;
export const RETRY_FLOOR = 10;
export const RETRY_WINDOW_MS = 10_000;
const BUCKETS = 10;
const BUCKET_MS = RETRY_WINDOW_MS / BUCKETS;

interface Waiting {
  readonly resolve: (permit: RetryPermit) => void;
  readonly timeout: Timer;
}

export function createRetryBudget({ clock, ratio = RETRY_RATIO, floor = RETRY_FLOOR }: RetryBudgetOptions): RetryBudget {
  const requests = createWindow(clock);
  const spent = createWindow(clock);
  const queue = new Set<Waiting>();
  let reserved = 0;
  let next: Timer | undefined;

  const allowed = () => floor + Math.floor(ratio * requests.total());
  const hasRoom = () => reserved + spent.total() < allowed();

  function issue(): RetryPermit {
    let isOpen = true;
    reserved += 1;
    return {
      settle(reached) {
        if (!isOpen) return;
        isOpen = false;
        reserved -= 1;
        if (reached) spent.add();
        serveQueue();
      },
    };
  }
  function serveQueue(): void {
    for (const waiting of queue) {
      if (!hasRoom()) break;
      leave(waiting);
      waiting.resolve(issue());
    }
    // Room comes back with time, too: what was spent falls out of the window.
    if (!next && queue.size > 0) next = clock.setTimeout(lookAgain, BUCKET_MS);
  }
  function lookAgain(): void {
    next = undefined;
    serveQueue();
  }
  function leave(waiting: Waiting): void {
    queue.delete(waiting);
    waiting.timeout.cancel();
  }

  return {
    requested() {
      requests.add();
      if (queue.size > 0) serveQueue();
    },
    async reserve(withinMs, onQueued) {
      if (queue.size === 0 && hasRoom()) return issue();
      return new Promise((resolve, reject) => {
        const abandon = (reason: Error) => {
          leave(waiting);
          reject(reason);
        };
        const giveUp = () => abandon(new AppError('QUEUE_TIMEOUT', { details: { waited_ms: Math.round(withinMs) }, retryAfterS: 1 }));
        const waiting: Waiting = { resolve, timeout: clock.setTimeout(giveUp, Math.max(0, withinMs)) };
        queue.add(waiting);
        onQueued(abandon);
        serveQueue();
      });
    },
    inspect: () => ({ spent: reserved + spent.total(), allowed: allowed(), waiting: queue.size }),
  };
}

/** Counts events of the last RETRY_WINDOW_MS, to a bucket exactly. */
function createWindow(clock: Pick<Clock, 'monotonic'>) {
  const counts = new Array<number>(BUCKETS).fill(0);
  let current = Math.floor(clock.monotonic() / BUCKET_MS);
  let total = 0;

  function turn(): void {
    const bucket = Math.floor(clock.monotonic() / BUCKET_MS);
    const stale = Math.min(bucket - current, BUCKETS);
    for (let step = 1; step <= stale; step += 1) {
      const index = (current + step) % BUCKETS;
      total -= counts[index] ?? 0;
      counts[index] = 0;
    }
    current = Math.max(current, bucket);
  }
  return {
    add(): void {
      turn();
      const index = current % BUCKETS;
      counts[index] = (counts[index] ?? 0) + 1;
      total += 1;
    },
    total(): number {
      turn();
      return total;
    },
  };
}
