import type { Attempt, Clock, Logger, Request, Timer } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { attemptToFields, requestToFields } from './request-entries.js';

export interface RequestAppenderDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RequestAppender {
  /** Keeps the record for the next burst. Never waits and never throws. */
  append(request: Request): void;
  /** The same for an attempt, whose record comes before that of its request. */
  appendAttempt(attempt: Attempt): void;
  /** Records that found no place while Redis was away. */
  dropped(): number;
  /** Writes what is waiting, once, and takes no more. */
  close(): Promise<void>;
}

/** What waits to be written. */
type Waiting = { readonly request: Request } | { readonly attempt: Attempt };

const BURST_MS = 50;
const RETRY_MS = 1000;
/** Some 10 MB; the oldest give way. */
const WAITING_LIMIT = 10_000;
const BURST_LIMIT = 500;

/** Writes finished requests to their stream in bursts, beside the requests themselves: a lost Redis costs records, not answers. */
export function createRequestAppender({ redis, keys, clock, log }: RequestAppenderDeps): RequestAppender {
  let waiting: Waiting[] = [];
  let dropped = 0;
  let timer: Timer | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;

  function writeSoon(delayMs: number): void {
    if (closed || timer !== undefined) return;
    timer = clock.setTimeout(() => {
      timer = undefined;
      writing ??= writeBurst().finally(() => {
        writing = undefined;
      });
    }, delayMs);
  }

  async function writeBurst(): Promise<void> {
    const burst = waiting.splice(0, BURST_LIMIT);
    if (burst.length === 0) return;
    try {
      const pipeline = redis.pipeline();
      for (const entry of burst) pipeline.xadd(keys.requests, '*', ...fieldsOf(entry));
      const replies = await pipeline.exec();
      const failed = replies?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      if (waiting.length > 0) writeSoon(0);
    } catch (error) {
      // Some may have been written: whoever reads passes over a record that it has seen.
      waiting = [...burst, ...waiting];
      dropOldest();
      log.debug({ err: error, waiting: waiting.length }, 'requests could not be written to the history');
      writeSoon(RETRY_MS);
    }
  }

  function dropOldest(): void {
    const excess = waiting.length - WAITING_LIMIT;
    if (excess <= 0) return;
    if (dropped === 0) log.warn({ kept: WAITING_LIMIT }, 'the history loses its oldest unwritten requests');
    dropped += excess;
    waiting.splice(0, excess);
  }

  function keep(entry: Waiting): void {
    if (closed) return;
    waiting.push(entry);
    dropOldest();
    writeSoon(BURST_MS);
  }

  return {
    append: (request) => keep({ request }),
    appendAttempt: (attempt) => keep({ attempt }),
    dropped: () => dropped,
    async close() {
      closed = true;
      timer?.cancel();
      await writing;
      while (waiting.length > 0) {
        const before = waiting.length;
        await writeBurst();
        if (waiting.length >= before) break;
      }
    },
  };
}

function fieldsOf(entry: Waiting): string[] {
  return 'request' in entry ? requestToFields(entry.request) : attemptToFields(entry.attempt);
}
