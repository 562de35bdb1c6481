import type { Clock } from '@ollama-coordinator/common';
import { fieldOf, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import type { Sessions } from './sessions.js';

/** Something beside the keys that travels with their changes. */
export interface AlsoFollowed {
  /** An entry of the stream that is no record of a key. */
  take(fields: readonly string[]): void;
  /** As of the keys. */
  reconcile(): Promise<void>;
}

/** How it gets around that a session was ended before its time. */
export interface SessionEnds extends AlsoFollowed {
  /** Ends a session here at once, and everywhere within a second. Rejects while Redis is away. */
  end(id: string, untilMs: number): Promise<void>;
}

export interface SessionEndsDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly clock: Pick<Clock, 'now'>;
  readonly sessions: Pick<Sessions, 'end'>;
}

const CHANGES_KEPT = 10_000;

export function createSessionEnds({ redis, keys, clock, sessions }: SessionEndsDeps): SessionEnds {
  /** Ended here; kept until Redis has taken it. */
  const untold = new Map<string, number>();
  const tell = async (id: string, untilMs: number) => {
    await redis.zadd(keys.endedSessions, untilMs, id);
    await redis.xadd(keys.apiKeyChanges, 'MAXLEN', '~', CHANGES_KEPT, '*', 'session', id, 'until', untilMs);
    untold.delete(id);
  };
  return {
    async end(id, untilMs) {
      sessions.end(id, untilMs);
      untold.set(id, untilMs);
      await tell(id, untilMs);
    },
    take(fields) {
      const [id, until] = [fieldOf(fields, 'session'), Number(fieldOf(fields, 'until'))];
      if (id !== undefined && Number.isFinite(until)) sessions.end(id, until);
    },
    async reconcile() {
      await redis.zremrangebyscore(keys.endedSessions, '-inf', String(clock.now()));
      const ended = await redis.zrangebyscore(keys.endedSessions, '-inf', '+inf', 'WITHSCORES');
      for (let index = 0; index + 1 < ended.length; index += 2) sessions.end(ended[index] ?? '', Number(ended[index + 1]));
      for (const [id, untilMs] of untold) await tell(id, untilMs);
    },
  };
}
