import { AppError, type Clock, type Logger } from '@ollama-coordinator/common';
import type { RedisState } from '../registry/redis-health.js';

export interface InRedisDeps {
  readonly redisState: () => RedisState;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs commands for a caller who waits. Rejects with JOBS_UNAVAILABLE where Redis is away, or does not answer in time; AppErrors pass. */
export type InRedis = <T>(run: () => Promise<T>) => Promise<T>;

const WITHIN_MS = 3000;

export function createInRedis({ redisState, clock, log }: InRedisDeps): InRedis {
  return async (run) => {
    if (redisState() === 'down') throw unavailable();
    try {
      return await within(clock, run());
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      log.debug({ err: cause }, 'redis did not take a command of a caller');
      throw unavailable(cause);
    }
  };
}

function unavailable(cause?: unknown): AppError {
  return new AppError('JOBS_UNAVAILABLE', { retryAfterS: 1, cause });
}

function within<T>(clock: Clock, pending: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error(`no answer within ${WITHIN_MS} ms`)), WITHIN_MS);
    pending.then(resolve, reject).finally(() => timer.cancel());
  });
}
