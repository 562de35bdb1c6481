import { AppError, type Clock, type Logger } from '@ollama-coordinator/common';
import {
  connectRedis,
  fieldOf,
  type Redis,
  type RedisKeys,
  readStreamExtent,
  type StreamEntry,
  StreamTail,
} from '@ollama-coordinator/common/redis';
import { LruMap } from '../credentials/lru-map.js';
import type { LiveRequests } from './live-requests.js';

export interface CancelAnywhereDeps {
  readonly redisUrl: string;
  /** For short commands. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly live: Pick<LiveRequests, 'cancel'>;
  /** The replicas that live, this one among them. */
  readonly living: () => readonly string[];
  readonly clock: Pick<Clock, 'setTimeout'>;
  readonly log: Logger;
}

/** Ends a request at whichever replica it is: a client behind a load balancer cannot say which one has it. */
export interface CancelAnywhere {
  /** Hears from here on what other replicas are asked. Never rejects. */
  start(): Promise<void>;
  /** Resolves when its replica has told it to end. Throws UNKNOWN_REQUEST, or CANCEL_UNAVAILABLE while Redis is away. */
  cancel(id: string): Promise<void>;
  stop(): Promise<void>;
}

/** A replica that has the request says so within this time. Milliseconds. */
const ANSWER_WITHIN_MS = 1500;
const BLOCK_MS = 2000;
/** Longer than what is asked in the time of an answer, and short enough to be of no weight. */
const KEPT = 100;

export function createCancelAnywhere({ redisUrl, redis, keys, live, living, clock, log }: CancelAnywhereDeps): CancelAnywhere {
  const asking = new Map<string, Set<() => void>>();
  /** Ended here for another replica, which could not be told: connections come back from an outage one by one. */
  const untold = new LruMap<string, true>(KEPT);
  let isStopped = false;
  const tailing = connectRedis({ url: redisUrl, role: 'cancellations', log, blockingTimeoutMs: BLOCK_MS + 1000 });
  const tail = new StreamTail({
    redis: tailing,
    keys: [keys.cancellations],
    blockMs: BLOCK_MS,
    onEntries: (_key, entries) => entries.forEach(apply),
  });

  const write = (what: 'ask' | 'ended', id: string) => redis.xadd(keys.cancellations, 'MAXLEN', '~', KEPT, '*', what, id);

  function apply([, fields]: StreamEntry): void {
    const asked = fieldOf(fields, 'ask');
    const ended = fieldOf(fields, 'ended');
    if (ended !== undefined) for (const tell of asking.get(ended) ?? []) tell();
    if (asked !== undefined && (untold.delete(asked) || live.cancel(asked))) void tellEnded(asked);
  }

  async function tellEnded(id: string): Promise<void> {
    try {
      await write('ended', id);
    } catch (err) {
      log.debug({ err }, 'nobody hears of a cancellation until it is asked for again');
      untold.set(id, true);
    }
  }

  /** True as soon as another replica says that it ended the request, false where none does in time. Throws CANCEL_UNAVAILABLE. */
  async function askOthers(id: string): Promise<boolean> {
    const heard = listenFor(id);
    try {
      await write('ask', id);
      return await Promise.race([heard.promise, inTime(clock, ANSWER_WITHIN_MS)]);
    } catch (cause) {
      throw new AppError('CANCEL_UNAVAILABLE', { details: { request: id }, cause, retryAfterS: 1 });
    } finally {
      heard.stop();
    }
  }

  function listenFor(id: string): { readonly promise: Promise<true>; stop(): void } {
    const listeners = asking.get(id) ?? new Set();
    asking.set(id, listeners);
    let tell = () => {};
    const promise = new Promise<true>((resolve) => {
      tell = () => resolve(true);
    });
    listeners.add(tell);
    const stop = () => {
      listeners.delete(tell);
      if (listeners.size === 0) asking.delete(id);
    };
    return { promise, stop };
  }

  /** What was asked before this replica started cannot be about its requests. */
  async function start(): Promise<void> {
    const extent = await readStreamExtent(redis, keys.cancellations).catch(() => undefined);
    // A connection that is opened behind the stop would keep the process alive.
    if (isStopped) return;
    if (extent !== undefined) tail.seek(keys.cancellations, extent.lastGeneratedId);
    tailing.connect().catch(() => {});
    tail.start();
  }

  return {
    start,
    async cancel(id) {
      if (live.cancel(id) || (living().length > 1 && (await askOthers(id)))) return;
      throw new AppError('UNKNOWN_REQUEST', { details: { request: id } });
    },
    async stop() {
      isStopped = true;
      await tail.stop();
    },
  };
}

function inTime(clock: Pick<Clock, 'setTimeout'>, ms: number): Promise<false> {
  return new Promise((resolve) => {
    clock.setTimeout(() => resolve(false), ms);
  });
}
