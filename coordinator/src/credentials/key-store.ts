import { bindScript, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import type { StoredKey } from './api-key.js';
import { PUT_KEY } from './scripts/put-key.js';

/** Changes that a replica may fall behind before it has to read all keys again. */
const CHANGES_KEPT = 10_000;
const READ_AT_ONCE = 500;

/** The keys in Redis. Methods reject while Redis is away. */
export function createKeyStore({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }) {
  const putKey = bindScript(redis, PUT_KEY);
  return {
    /** False where Redis has a later record of it. */
    async put(hash: string, stored: StoredKey): Promise<boolean> {
      return (await putKey([keys.apiKeys, keys.apiKeyChanges], [hash, JSON.stringify(stored), CHANGES_KEPT])) === 1;
    },
    async remove(hash: string): Promise<void> {
      await redis.hdel(keys.apiKeys, hash);
    },
    /** Hands over all records, some hundred at a time, so that ten thousand hold up nobody. */
    async readAll(take: (hash: string, json: string) => void): Promise<void> {
      let cursor = '0';
      do {
        const [next, fields] = await redis.hscan(keys.apiKeys, cursor, 'COUNT', READ_AT_ONCE);
        for (let index = 0; index + 1 < fields.length; index += 2) take(fields[index] ?? '', fields[index + 1] ?? '');
        cursor = next;
      } while (cursor !== '0');
    },
    /** True for one replica of those that start at the same moment: the one that makes the first admin key. */
    async claimFirstKey(): Promise<boolean> {
      return (await redis.set(keys.firstKeyClaim, '1', 'PX', 5000, 'NX')) === 'OK';
    },
  };
}
export type KeyStore = ReturnType<typeof createKeyStore>;
