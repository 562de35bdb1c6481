import { Redis } from 'ioredis';
import type { Logger } from '../logging/create-logger.js';

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
}

/**
 * A connection that comes back by itself within a second of Redis' return. While Redis is away commands fail at once
 * rather than pile up: whoever calls decides what that means.
 */
export function connectRedis({ url, role, log, blockingTimeoutMs, commandTimeoutMs }: ConnectOptions): Redis {
  const { target, options } = parseRedisUrl(url);
  const redis = new Redis({
    ...options,
    ...(target.startsWith('/') ? { path: target } : {}),
    connectionName: `ollama-coordinator:${role}`,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 1000),
    ...(blockingTimeoutMs === undefined ? {} : { blockingTimeout: blockingTimeoutMs }),
    ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
  });
  redis.on('error', (error: Error) => log.debug({ role, err: error }, 'redis connection failed'));
  return redis;
}

/** The address without its password, for logs and errors. */
export function redactRedisUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}

interface RedisTarget {
  readonly target: string;
  readonly options: { host?: string; port?: number; username?: string; password?: string; db?: number; tls?: Record<string, never> };
}

function parseRedisUrl(url: string): RedisTarget {
  if (url.startsWith('unix://')) return { target: url.slice('unix://'.length), options: {} };
  const parsed = new URL(url);
  return {
    target: '',
    options: {
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: Number(parsed.port || 6379),
      ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
      ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
      ...(parsed.pathname.length > 1 ? { db: Number(parsed.pathname.slice(1)) } : {}),
      ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
    },
  };
}
