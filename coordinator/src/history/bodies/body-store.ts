import { type Clock, type RequestBodies, requestBodiesSchema } from '@ollama-coordinator/common';
import { bindScript, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';

export interface BodyStoreDeps {
  /** A connection without blocking commands. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly keptMs: number;
  /** Of all kept bodies together. */
  readonly mostBytes: number;
  readonly clock: Pick<Clock, 'now'>;
}

export interface BodyStore {
  /** Rejects while Redis is away. */
  put(bodies: RequestBodies): Promise<void>;
  /** Undefined where none are kept (any more). Rejects while Redis is away. */
  get(id: string): Promise<RequestBodies | undefined>;
}

/**
 * Keeps one entry, and lets go what is too old or, oldest first, too much. The field '' counts the bytes. Written twice, an
 * entry is counted once.
 *
 * KEYS: 1 hash of entries, 2 sorted set of their ids by time
 * ARGV: 1 id, 2 entry, 3 now, 4 time to keep (ms), 5 most bytes
 */
const PUT = `
local function drop(id)
  local bytes = redis.call('HSTRLEN', KEYS[1], id)
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  return redis.call('HINCRBY', KEYS[1], '', 0 - bytes)
end
drop(ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
local total = redis.call('HINCRBY', KEYS[1], '', #ARGV[2])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3] - ARGV[4], 'LIMIT', 0, 100)) do total = drop(id) end
while total > tonumber(ARGV[5]) do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then break end
  total = drop(oldest)
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
`;

/** Bodies of requests in Redis, for a time and up to a size. */
export function createBodyStore({ redis, keys, keptMs, mostBytes, clock }: BodyStoreDeps): BodyStore {
  const put = bindScript(redis, PUT);
  return {
    async put(bodies) {
      await put([keys.bodies, keys.bodiesByTime], [bodies.id, JSON.stringify(bodies), clock.now(), keptMs, mostBytes]);
    },
    async get(id) {
      const text = id === '' ? null : await redis.hget(keys.bodies, id);
      const parsed = text === null ? undefined : requestBodiesSchema.safeParse(JSON.parse(text));
      if (!parsed?.success) return undefined;
      return Date.parse(parsed.data.kept_at) + keptMs < clock.now() ? undefined : parsed.data;
    },
  };
}
