import { randomBytes } from 'node:crypto';
import { AppError, type Clock, type CreateKey, type Logger, type PatchKey } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { type ApiKey, type StoredKey, toApiKey, whyDead } from './api-key.js';
import { createFollowKeys, type FollowKeys } from './follow-keys.js';
import { hashSecret } from './hash-secret.js';
import { createKeyRecords, type KeyRecords } from './key-records.js';
import { createKeyRing, type KeyHolder, type KeyRing } from './key-ring.js';
import { createKeyStore, type KeyStore } from './key-store.js';
import type { AlsoFollowed } from './session-ends.js';

export interface ApiKeysDeps {
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly log: Logger;
  readonly alsoFollow?: AlsoFollowed;
}

type WantedKey = Pick<StoredKey, 'name' | 'scopes' | 'limits'> & Partial<StoredKey>;

/** The API keys of the fleet: read from memory, changed in Redis and in memory. */
export class ApiKeys {
  readonly #deps: ApiKeysDeps;
  readonly #ring: KeyRing = createKeyRing();
  readonly #store: KeyStore;
  readonly #records: KeyRecords;
  readonly #follow: FollowKeys;
  #hasUnsaved = false;

  constructor(deps: ApiKeysDeps) {
    const { redis, keys, clock } = deps;
    this.#deps = deps;
    this.#store = createKeyStore({ redis, keys });
    this.#records = createKeyRecords(this.#ring, this.#store, clock);
    this.#follow = createFollowKeys({
      ...deps,
      onChange: this.#records.take,
      hasUnsaved: () => this.#hasUnsaved,
      onOther: (fields) => deps.alsoFollow?.take(fields),
      reconcile: async () => {
        await this.#records.reconcile();
        await deps.alsoFollow?.reconcile();
        this.#hasUnsaved = false;
      },
    });
  }

  /** Reads the keys and follows their changes. Rejects where Redis cannot be read. */
  start(): Promise<void> {
    return this.#follow.start();
  }

  stop(): Promise<void> {
    return this.#follow.stop();
  }

  /** Called with every request; see KeyRing. */
  find(secret: string): KeyHolder | undefined {
    return this.#ring.find(secret);
  }

  holderOf(id: string): KeyHolder | undefined {
    return this.#ring.holderOf(id);
  }

  byId(id: string): ApiKey | undefined {
    return this.#ring.byId(id);
  }

  all(): Iterable<ApiKey> {
    return this.#ring.all();
  }

  isAlive(key: ApiKey): boolean {
    return whyDead(key, this.#deps.clock.now()) === undefined;
  }

  /** Throws BAD_REQUEST, KEY_NAME_TAKEN, KEYS_UNAVAILABLE. `secret` is the key in clear, which nobody can tell again. */
  async create(wanted: CreateKey): Promise<{ readonly key: ApiKey; readonly secret: string }> {
    this.#demandFreeName(wanted.name);
    if (Date.parse(wanted.expires_at ?? '') <= this.#deps.clock.now())
      throw new AppError('BAD_REQUEST', { details: { reason: 'expires_at: lies in the past' } });
    const secret = makeSecret();
    return { key: await this.#add(secret, wanted), secret };
  }

  /** `id`: or the name. Throws UNKNOWN_KEY, KEY_NAME_TAKEN, LAST_ADMIN_KEY, CONFIGURED_KEY, KEY_CHANGED_MEANWHILE, KEYS_UNAVAILABLE. */
  async change(id: string, patch: PatchKey): Promise<ApiKey> {
    const key = this.#changeable(id);
    if (patch.name !== undefined) this.#demandFreeName(patch.name, key.id);
    const next = toApiKey(key.hash, withPatch(key.stored, patch));
    if (!next.scopes.has('admin') || !this.isAlive(next)) this.#demandOtherAdmin(key);
    return this.#write(key.hash, next.stored);
  }

  /** As `change`. While Redis is away the key is revoked here, and elsewhere when it is back; KEYS_UNAVAILABLE says so. */
  async revoke(id: string): Promise<void> {
    const key = this.#changeable(id);
    this.#demandOtherAdmin(key);
    await this.#revoke(key);
  }

  /** Takes over the key that the configuration gives; another one that it gave before is revoked. Throws BAD_CONFIG. */
  async configureAdmin(secret: string): Promise<void> {
    const hash = hashSecret(secret);
    const known = [...this.all()].find((key) => key.hash === hash);
    if (known?.stored.revoked_at !== undefined) throw revokedInConfig();
    const wanted = { name: 'admin', scopes: ['admin'], limits: {}, configured: true } satisfies WantedKey;
    if (known === undefined) await this.#add(secret, wanted);
    else if (!known.stored.configured) await this.#write(hash, { ...known.stored, ...wanted, version: known.stored.version + 1 });
    for (const key of [...this.all()]) {
      if (!key.stored.configured || key.hash === hash || !this.isAlive(key)) continue;
      this.#deps.log.warn({ key: key.id }, 'the configured admin key is another one; the one before is revoked');
      await this.#revoke(key);
    }
  }

  /** Makes an admin key where there is none that is good. Returns it in clear, to be shown once. */
  async makeFirstAdmin(): Promise<string | undefined> {
    for (const key of this.all()) if (key.scopes.has('admin') && this.isAlive(key)) return undefined;
    if (!(await this.#store.claimFirstKey())) return undefined;
    const secret = makeSecret();
    await this.#add(secret, { name: 'admin', scopes: ['admin'], limits: {} });
    return secret;
  }

  #add(secret: string, wanted: WantedKey): Promise<ApiKey> {
    const createdAt = new Date(this.#deps.clock.now()).toISOString();
    return this.#write(hashSecret(secret), { ...wanted, id: makeId(), created_at: createdAt, version: 1 });
  }

  async #revoke(key: ApiKey): Promise<void> {
    const revokedAt = new Date(this.#deps.clock.now()).toISOString();
    const stored = { ...key.stored, revoked_at: revokedAt, version: key.stored.version + 1 };
    this.#records.keep(key.hash, stored);
    this.#hasUnsaved = true;
    // Not written: somebody else has revoked it at the same moment.
    await this.#put(key.hash, stored);
  }

  async #write(hash: string, stored: StoredKey): Promise<ApiKey> {
    if (!(await this.#put(hash, stored))) {
      await this.#records.reconcile();
      throw new AppError('KEY_CHANGED_MEANWHILE');
    }
    return this.#records.keep(hash, stored);
  }

  #put(hash: string, stored: StoredKey): Promise<boolean> {
    return this.#store.put(hash, stored).catch((cause: unknown) => {
      throw new AppError('KEYS_UNAVAILABLE', { cause, retryAfterS: 1 });
    });
  }

  #changeable(id: string): ApiKey {
    const key = this.byId(id) ?? [...this.all()].find((one) => one.name === id && this.isAlive(one));
    if (key === undefined || key.stored.revoked_at !== undefined) throw new AppError('UNKNOWN_KEY', { details: { key: id } });
    if (key.stored.configured) throw new AppError('CONFIGURED_KEY', { details: { name: key.name } });
    return key;
  }

  #demandFreeName(name: string, except?: string): void {
    for (const key of this.all())
      if (key.name === name && key.id !== except && this.isAlive(key)) throw new AppError('KEY_NAME_TAKEN', { details: { name } });
  }

  /** Without an admin key nobody could make another. */
  #demandOtherAdmin(key: ApiKey): void {
    if (!key.scopes.has('admin') || !this.isAlive(key)) return;
    for (const other of this.all()) if (other.id !== key.id && other.scopes.has('admin') && this.isAlive(other)) return;
    throw new AppError('LAST_ADMIN_KEY');
  }
}

function withPatch(stored: StoredKey, { models, agents, expires_at, ...plain }: PatchKey): StoredKey {
  const next: Record<string, unknown> = { ...stored, ...plain, version: stored.version + 1 };
  for (const [field, value] of Object.entries({ models, agents, expires_at })) {
    if (value === null) delete next[field];
    else if (value !== undefined) next[field] = value;
  }
  return next as StoredKey;
}

function revokedInConfig(): AppError {
  const problems = '  COORDINATOR_ADMIN_KEY: this key was revoked; choose another one';
  return new AppError('BAD_CONFIG', { details: { problems } });
}

/** 192 bits of chance. */
function makeSecret(): string {
  return `oc_${randomBytes(24).toString('base64url')}`;
}

function makeId(): string {
  return `key-${randomBytes(5).toString('hex')}`;
}
