import { randomUUID } from 'node:crypto';
import { AppError, type Clock, type Logger, type Timer } from '@ollama-coordinator/common';
import { checkVersion, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';

export type RedisState = 'up' | 'down';

export interface RedisHealthDeps {
  /** A connection with a command timeout, so that a hung Redis is seen; never the one of blocking reads. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Makes memory and Redis agree after an outage, or after Redis lost its data (`isLost`). Called before the state becomes
   * 'up' again; where it rejects, the state stays 'down' and the next probe tries again.
   */
  readonly reconcile: (isLost: boolean) => Promise<void>;
  /** True where memory holds what Redis did not take although it answers (its memory was full). */
  readonly hasUnsaved: () => boolean;
  readonly onState: (state: RedisState) => void;
}

const PROBE_MS = 500;

/**
 * Probes Redis by reading the epoch, a random text kept beside the data: a failed read means that Redis is away, another
 * epoch that it lost its data (FLUSHALL, an empty restart), even where streams have grown past our cursors since. Data of a
 * schema that this replica must not write is as good as none.
 */
export class RedisHealth {
  readonly #deps: RedisHealthDeps;
  #state: RedisState = 'down';
  #epoch: string | undefined;
  #timer: Timer | undefined;
  #probing: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: RedisHealthDeps) {
    this.#deps = deps;
    deps.redis.on('close', () => this.#set('down'));
    deps.redis.on('ready', () => {
      if (this.#timer !== undefined && !this.#stopped) void this.probe();
    });
  }

  get state(): RedisState {
    return this.#state;
  }

  /** Probes once, and from then on regularly. */
  async start(): Promise<void> {
    await this.probe();
    this.#timer = this.#deps.clock.setInterval(() => void this.probe(), PROBE_MS);
  }

  /** From then on a connection that closes is no news. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#probing;
  }

  /** Never rejects. Calls while a probe runs share it. */
  probe(): Promise<void> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /** A probe that begins after this call, so that it sees what the caller has seen. */
  async probeAfresh(): Promise<void> {
    await this.#probing;
    await this.probe();
  }

  async #probe(): Promise<void> {
    const { redis, keys, log, reconcile, hasUnsaved } = this.#deps;
    try {
      const [found = null, schemaVersion = null] = await redis.mget(keys.epoch, keys.schemaVersion);
      checkVersion(schemaVersion);
      const isLost = this.#epoch !== undefined && found !== this.#epoch;
      if (this.#state === 'up' && !isLost && !hasUnsaved()) return;
      if (isLost) log.warn('redis lost its data; the registry is written back from memory');
      this.#epoch = await this.#claimEpoch(found);
      await reconcile(isLost);
      this.#set('up');
    } catch (error) {
      log.debug({ err: error }, 'redis probe failed');
      this.#set('down', error instanceof AppError ? error.message : undefined);
    }
  }

  /** The epoch in Redis; a fresh one, where there is none. */
  async #claimEpoch(found: string | null): Promise<string> {
    if (found !== null) return found;
    const { redis, keys } = this.#deps;
    // Never the one before: the other replicas must notice too.
    const proposed = randomUUID();
    await redis.set(keys.epoch, proposed, 'NX');
    return (await redis.get(keys.epoch)) ?? proposed;
  }

  #set(state: RedisState, reason?: string): void {
    if (this.#stopped || this.#state === state) return;
    this.#state = state;
    const { log, onState } = this.#deps;
    if (state === 'up') log.info('redis answers');
    else if (reason === undefined) log.warn('redis does not answer; serving from memory');
    else log.error({ reason }, 'redis must not be written; serving from memory');
    onState(state);
  }
}
