import type { Clock } from '@ollama-coordinator/common';
import { type ApiKey, laterOf, readStoredKey, type StoredKey, toApiKey, whyDead } from './api-key.js';
import type { KeyRing } from './key-ring.js';
import type { KeyStore } from './key-store.js';

/** Revoked and expired keys are listed for as long, and then forgotten. */
const DEAD_KEPT_MS = 30 * 24 * 60 * 60_000;

export interface KeyRecords {
  /** A record as Redis has it, from wherever: kept where it is later than the one in memory. */
  take(hash: string, json: string): void;
  /** Memory first, whatever Redis says. The next `reconcile` writes what could not be written. */
  keep(hash: string, stored: StoredKey): ApiKey;
  /** Makes memory and Redis hold the later record of each key. Rejects while Redis is away. */
  reconcile(): Promise<void>;
}

/** The records of the keys in memory, and how they come to agree with those in Redis. */
export function createKeyRecords(ring: KeyRing, store: KeyStore, clock: Pick<Clock, 'now'>): KeyRecords {
  const keep = (hash: string, stored: StoredKey): ApiKey => {
    const key = toApiKey(hash, stored);
    ring.put(key);
    return key;
  };
  const take = (hash: string, json: string): StoredKey | undefined => {
    const stored = readStoredKey(json);
    const known = ring.byHash(hash)?.stored;
    if (stored !== undefined && (known === undefined || laterOf(known, stored) !== known)) keep(hash, stored);
    return stored;
  };
  return {
    take: (hash, json) => void take(hash, json),
    keep,
    async reconcile() {
      const found = new Map<string, StoredKey | undefined>();
      await store.readAll((hash, json) => void found.set(hash, take(hash, json)));
      for (const key of [...ring.all()]) {
        const { hash, stored } = key;
        const inRedis = found.get(hash);
        if (isForgotten(key, clock.now())) {
          await store.remove(hash);
          ring.remove(key);
        } else if (inRedis === undefined || laterOf(inRedis, stored) === stored) {
          if (!isSame(inRedis, stored)) await store.put(hash, stored);
        }
      }
    },
  };
}

function isSame(one: StoredKey | undefined, other: StoredKey): boolean {
  return one !== undefined && one.version === other.version && one.revoked_at === other.revoked_at;
}

function isForgotten(key: ApiKey, nowMs: number): boolean {
  if (whyDead(key, nowMs) === undefined) return false;
  const endedMs = key.stored.revoked_at === undefined ? key.expiresAtMs : Date.parse(key.stored.revoked_at);
  return nowMs - endedMs > DEAD_KEPT_MS;
}
