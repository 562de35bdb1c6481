import { type Clock, type ReplicaQueue, replicaQueueSchema } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';

export interface ShareQueueDeps {
  /** A connection without blocking reads. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  /** The replicas that live, this one among them. */
  readonly living: () => readonly string[];
  /** What waits here, with at most so many requests listed. */
  readonly describe: (most: number) => ReplicaQueue;
  readonly waiting: () => number;
  readonly clock: Pick<Clock, 'setInterval'>;
}

export interface SharedQueue {
  /** What waits at the other replicas, as of the last second; empty while Redis is away. Never rejects. */
  others(): Promise<readonly ReplicaQueue[]>;
  stop(): Promise<void>;
}

/** How often a replica at which something waits says so, and for how long that stands where it says nothing more. Milliseconds. */
const PERIOD_MS = 1000;
const STANDS_MS = 4000;
/** Some 30 kB: what is told of the longest queue. Its figures are those of the whole. */
const MOST_LISTED = 200;

/** Tells the other replicas what waits here, once a second while something does, and reads what they told. */
export function shareQueue({ redis, keys, replicaId, living, describe, waiting, clock }: ShareQueueDeps): SharedQueue {
  const key = keys.replicaQueue(replicaId);
  let isTold = false;

  async function tell(): Promise<void> {
    if (waiting() > 0) {
      await redis.set(key, JSON.stringify(describe(MOST_LISTED)), 'PX', STANDS_MS);
      isTold = true;
    } else if (isTold) {
      await redis.del(key);
      isTold = false;
    }
  }

  // While Redis is away there is nobody to tell; the next turn says it as it is then.
  const timer = clock.setInterval(() => void (living().length > 1 || isTold ? tell().catch(() => {}) : undefined), PERIOD_MS);
  return {
    async others() {
      const ids = living().filter((id) => id !== replicaId);
      if (ids.length === 0) return [];
      const told = await redis.mget(ids.map(keys.replicaQueue)).catch(() => []);
      return told.flatMap((text) => (text ? readQueue(text) : []));
    },
    async stop() {
      timer.cancel();
      if (isTold) await redis.del(key).catch(() => {});
    },
  };
}

/** Empty where a newer replica says it in words that this one does not know. */
function readQueue(text: string): readonly ReplicaQueue[] {
  try {
    const parsed = replicaQueueSchema.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
