import { Cluster, Redis } from 'ioredis';
import type { Logger } from '../logging/create-logger.js';
import { parseRedisUrl, type RedisTarget } from './parse-redis-url.js';

export type { Redis } from 'ioredis';

export interface ConnectOptions {
  readonly url: string;
  /** What this connection is for, as `writes` or `tail`; shown by CLIENT LIST. One connection per role. */
  readonly role: string;
  readonly log: Logger;
  /** Set on a connection that makes blocking reads: longer than the longest block, milliseconds. */
  readonly blockingTimeoutMs?: number;
  /** Commands wait for a lost connection this long, then fail. Milliseconds. */
  readonly commandTimeoutMs?: number;
  /** Set where the user may not ask Redis about itself, as an agent's: it is then ready as soon as it is connected. */
  readonly mayNotAsk?: boolean;
}

/**
 * A connection that comes back by itself within a second of Redis' return. While Redis is away commands fail at once
 * rather than pile up: whoever calls decides what that means. See parseRedisUrl() for the addresses that it takes.
 */
export function connectRedis({ url, role, log, blockingTimeoutMs, commandTimeoutMs, mayNotAsk }: ConnectOptions): Redis {
  const redis = createClient(parseRedisUrl(url), {
    connectionName: `ollama-coordinator:${role}`,
    maxRetriesPerRequest: null,
    ...(blockingTimeoutMs === undefined ? {} : { blockingTimeout: blockingTimeoutMs }),
    ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
    ...(mayNotAsk ? { enableReadyCheck: false } : {}),
  });
  redis.on('error', (error: Error) => log.debug({ role, err: error }, 'redis connection failed'));
  return redis;
}

interface CommandSettings {
  readonly connectionName: string;
  readonly maxRetriesPerRequest: null;
  readonly blockingTimeout?: number;
  readonly commandTimeout?: number;
  readonly enableReadyCheck?: boolean;
}

function createClient(target: RedisTarget, settings: CommandSettings): Redis {
  const reconnect = (attempt: number) => Math.min(50 * 2 ** attempt, 1000);
  const { tls, addresses, username, password, db, masterName = 'mymaster', path } = target;
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { db }),
    ...(tls ? { tls: {} } : {}),
  };
  const shared = { lazyConnect: true, enableOfflineQueue: false };
  if (target.kind === 'cluster') {
    const cluster = new Cluster([...addresses], { ...shared, clusterRetryStrategy: reconnect, redisOptions: { ...settings, ...login } });
    // Cluster takes the same commands and events; every script here keeps to one hash tag.
    return cluster as unknown as Redis;
  }
  const single = { ...settings, ...login, ...shared, retryStrategy: reconnect };
  if (target.kind === 'sentinel') {
    const sentinel = { sentinelRetryStrategy: reconnect, ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}) };
    return new Redis({ ...single, ...sentinel, sentinels: [...addresses], name: masterName });
  }
  return new Redis({ ...single, ...(path === undefined ? addresses[0] : { path }) });
}

/** Connects, and resolves when commands are taken. Rejects after `withinMs` with the cause of the last failed try. */
export function waitUntilReady(redis: Redis, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let cause: unknown = new Error(`no answer within ${withinMs} ms`);
    const keepCause = (error: unknown) => {
      cause = error;
    };
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      redis.off('ready', succeed);
      redis.off('error', keepCause);
      settle();
    };
    const succeed = () => finish(resolve);
    const timer = setTimeout(() => finish(() => reject(cause)), withinMs);
    redis.on('error', keepCause);
    redis.once('ready', succeed);
    // A failed first try rejects here too, while the client goes on trying; the cause is in the 'error' event.
    if (redis.status === 'ready') succeed();
    else redis.connect().catch(() => {});
  });
}

/** The address without its password, for logs and errors. */
export function redactRedisUrl(url: string): string {
  return url.replace(/\/\/.*@/, '//***@');
}
