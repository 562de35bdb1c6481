import type { ApiKey } from './api-key.js';
import type { Caller } from './caller.js';
import { hashSecret } from './hash-secret.js';

/** A caller that showed a key. */
export type KeyHolder = Caller & { readonly key: ApiKey };

/** The keys in memory. Knows no clear text: only SHA-256 hashes and what belongs to them. */
export interface KeyRing {
  /**
   * Called with every request. The look-up is by the hash of what was sent, which nobody can steer: the time that it takes says
   * nothing about a key. Undefined for an unknown one; whether a known one is still good is the caller's to ask.
   */
  find(secret: string): KeyHolder | undefined;
  /** By the id of the key. */
  holderOf(id: string): KeyHolder | undefined;
  byHash(hash: string): ApiKey | undefined;
  byId(id: string): ApiKey | undefined;
  all(): Iterable<ApiKey>;
  put(key: ApiKey): void;
  remove(key: ApiKey): void;
}

export function createKeyRing(): KeyRing {
  const holders = new Map<string, KeyHolder>();
  const ids = new Map<string, ApiKey>();
  return {
    find: (secret) => holders.get(hashSecret(secret)),
    holderOf: (id) => holders.get(ids.get(id)?.hash ?? ''),
    byHash: (hash) => holders.get(hash)?.key,
    byId: (id) => ids.get(id),
    all: () => ids.values(),
    put(key) {
      holders.set(key.hash, { id: key.name, scopes: key.scopes, key });
      ids.set(key.id, key);
    },
    remove(key) {
      holders.delete(key.hash);
      ids.delete(key.id);
    },
  };
}
