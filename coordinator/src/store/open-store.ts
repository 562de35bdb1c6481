import { AppError, type Clock, type CoordinatorConfig, describeCause, type Logger } from '@ollama-coordinator/common';
import { connectRedis, type Redis, type RedisKeys, redactRedisUrl, redisKeys } from '@ollama-coordinator/common/redis';
import { startEmbeddedRedis } from '../embedded-redis/start-embedded-redis.js';

/** The Redis that this coordinator uses: the one that it was given, or its own. */
export interface Store {
  readonly url: string;
  readonly keys: RedisKeys;
  /** For single commands that may fail while Redis is away; blocking reads have connections of their own. */
  readonly redis: Redis;
  close(): Promise<void>;
}

const COMMAND_TIMEOUT_MS = 2000;

/** Throws REDIS_UNREACHABLE or REDIS_NOT_FOUND. */
export async function openStore({
  config,
  log,
  clock,
}: {
  readonly config: CoordinatorConfig;
  readonly log: Logger;
  readonly clock: Clock;
}): Promise<Store> {
  const embedded = config.redisUrl === undefined ? await startEmbeddedRedis({ dataDir: config.dataDir, log, clock }) : undefined;
  const url = config.redisUrl ?? embedded?.url ?? '';
  const redis = connectRedis({ url, role: 'commands', log, commandTimeoutMs: COMMAND_TIMEOUT_MS });
  try {
    await redis.connect();
    await redis.ping();
  } catch (failure) {
    redis.disconnect();
    await embedded?.stop();
    throw new AppError('REDIS_UNREACHABLE', { details: { url: redactRedisUrl(url), cause: describeCause(failure) }, cause: failure });
  }
  return {
    url,
    keys: redisKeys(config.redisPrefix),
    redis,
    close: async () => {
      redis.disconnect();
      await embedded?.stop();
    },
  };
}
