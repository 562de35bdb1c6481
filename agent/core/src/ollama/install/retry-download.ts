import { AppError, backoffDelayMs, type Clock, type Random, sleep } from '@ollama-coordinator/common';

/** FR-016e: the first repeat after a second, each later one after twice as long, never longer than a minute; five tries in all. */
export const DOWNLOAD_RETRY = { tries: 5, firstMs: 1000, maxMs: 60_000, jitter: 0.2 } as const;

export interface DownloadRetry {
  /** The try that failed: 1 is the first. */
  readonly attempt: number;
  readonly tries: number;
  /** Until the next one. */
  readonly delayMs: number;
  readonly error: AppError;
}

export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onRetry?: (retry: DownloadRetry) => void;
}

/** Runs `attempt` until it succeeds. Throws what the last try threw, the first error that another try does not help, and the signal's reason. */
export async function retryDownload<T>(attempt: (number: number) => Promise<T>, { clock, random, signal, onRetry }: RetryDeps): Promise<T> {
  const { tries } = DOWNLOAD_RETRY;
  for (let number = 1; ; number += 1) {
    signal.throwIfAborted();
    try {
      return await attempt(number);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError) || !error.retryable || number >= tries) throw error;
      const delayMs = backoffDelayMs(number, DOWNLOAD_RETRY, random);
      onRetry?.({ attempt: number, tries, delayMs, error });
      await sleep(clock, delayMs, signal);
    }
  }
}
