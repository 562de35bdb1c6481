import { randomUUID } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { Redis } from './connect.js';
import type { RedisKeys } from './keys.js';

/**
 * Brings the data from one schema version to the next. May run twice: it must leave the same state as once. The version before
 * goes on reading and writing while replicas are replaced one by one, so a step adds; what it replaces is taken away by the
 * step after it.
 */
export type MigrationStep = (redis: Redis, keys: RedisKeys) => Promise<void>;

/** `MIGRATIONS[n]` leads from version n to n + 1. Version 0 is an empty Redis. */
export const MIGRATIONS: readonly MigrationStep[] = [async () => {}];

const LOCK_MS = 10_000;
const LOCK_RETRY_MS = 50;
const LOCK_TRIES = 400;

/** KEYS: lock. ARGV: token. Gives the lock up if it is still ours. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * Runs the steps between the version found in Redis and the newest one, in order, by one process at a time.
 * Returns the version that the data has then: one ahead of ours where a newer replica migrated it, which is left as it is.
 * Throws REDIS_SCHEMA_NEWER, writing nothing, where it is further ahead.
 */
export async function migrate(redis: Redis, keys: RedisKeys, steps: readonly MigrationStep[] = MIGRATIONS): Promise<number> {
  const found = await readVersion(redis, keys, steps.length);
  if (found >= steps.length) return found;
  const token = randomUUID();
  await takeLock(redis, keys, token);
  try {
    let version = await readVersion(redis, keys, steps.length);
    for (; version < steps.length; version += 1) {
      await steps[version]?.(redis, keys);
      await redis.set(keys.schemaVersion, version + 1);
    }
    return version;
  } finally {
    await redis.eval(RELEASE, 1, keys.schemaLock, token);
  }
}

/** Throws REDIS_SCHEMA_NEWER where a replica of version `supported` must not write to data of version `found`, or of none it can read. */
export function checkVersion(found: string | null, supported = MIGRATIONS.length): number {
  const version = Number(found ?? 0);
  if (!(version <= supported + 1)) throw new AppError('REDIS_SCHEMA_NEWER', { details: { found: String(found), supported } });
  return version;
}

async function readVersion(redis: Redis, keys: RedisKeys, supported: number): Promise<number> {
  return checkVersion(await redis.get(keys.schemaVersion), supported);
}

async function takeLock(redis: Redis, keys: RedisKeys, token: string): Promise<void> {
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    if ((await redis.set(keys.schemaLock, token, 'PX', LOCK_MS, 'NX')) === 'OK') return;
    await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
  }
  throw new Error(`the lock ${keys.schemaLock} was not free for ${(LOCK_TRIES * LOCK_RETRY_MS) / 1000} s`);
}
