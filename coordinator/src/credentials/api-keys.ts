import { createHash, randomBytes } from 'node:crypto';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { z } from 'zod';
import type { Scope } from '../http/routes.js';

const storedKeySchema = z.object({
  name: z.string(),
  scopes: z.array(z.enum(['infer', 'read', 'operate', 'admin'])),
  created_at: z.string(),
});

export interface ApiKey {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** The API keys, by the SHA-256 of each: a look-up in memory, so the time it takes says nothing about a key. */
export interface ApiKeys {
  find(key: string): ApiKey | undefined;
  /** Reads the keys again, after another replica changed them. */
  reload(): Promise<void>;
  /** Makes sure there is an admin key. Returns one in clear when it made it, to be shown once. */
  ensureAdminKey(given: string | undefined): Promise<string | undefined>;
}

export function createApiKeys({
  redis,
  keys,
  now,
}: {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly now: () => number;
}): ApiKeys {
  let known = new Map<string, ApiKey>();

  const reload = async () => {
    const stored = await redis.hgetall(keys.apiKeys);
    known = new Map(
      Object.entries(stored).map(([hash, json]) => {
        const { name, scopes } = storedKeySchema.parse(JSON.parse(json));
        return [hash, { name, scopes: new Set<Scope>(scopes) }];
      }),
    );
  };

  const store = async (key: string, name: string, scopes: readonly Scope[]) => {
    await redis.hset(keys.apiKeys, hashSecret(key), JSON.stringify({ name, scopes, created_at: new Date(now()).toISOString() }));
    await reload();
  };

  return {
    find: (key) => known.get(hashSecret(key)),
    reload,
    ensureAdminKey: async (given) => {
      await reload();
      if (given !== undefined) {
        await store(given, 'admin', ['admin']);
        return undefined;
      }
      if ([...known.values()].some((key) => key.scopes.has('admin'))) return undefined;
      const made = `oc_${randomBytes(24).toString('base64url')}`;
      await store(made, 'admin', ['admin']);
      return made;
    },
  };
}

/** Secrets are long and random, so one round of SHA-256 is enough to keep them from being read back. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
