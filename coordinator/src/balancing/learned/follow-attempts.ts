import { randomUUID } from 'node:crypto';
import type { Clock, Logger, Random, Timer } from '@ollama-coordinator/common';
import {
  compareStreamIds,
  connectRedis,
  fieldOf,
  type Redis,
  type RedisKeys,
  readStreamExtent,
  type StreamEntry,
  StreamTail,
  streamIdMs,
  waitUntilReady,
} from '@ollama-coordinator/common/redis';
import { ATTEMPT_FIELD, attemptFromFields } from '../../history/request-entries.js';
import { createCheckpoint } from './checkpoint.js';
import type { LearnedState, RecordedAttempt } from './learned-state.js';

export interface FollowAttemptsDeps {
  readonly redisUrl: string;
  /** For short commands. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly learned: LearnedState;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly checkpointMs?: number;
}

const BLOCK_MS = 2000;
/** Attempts of others count this much later, and cost one read instead of many. */
const GATHER_MS = 100;
const CONNECT_WITHIN_MS = 3000;
export const CHECKPOINT_MS = 30_000;

/**
 * Folds the attempts of all replicas as they appear in the requests stream, from its own cursor, and keeps a checkpoint of
 * the figures in Redis: whoever starts takes it over and folds what came since. After a loss of Redis' data each replica
 * goes on with what it knows; the first to write a checkpoint has its figures taken over by all.
 */
export class AttemptsFollower {
  readonly #deps: FollowAttemptsDeps;
  readonly #tailing: Redis;
  readonly #tail: StreamTail;
  readonly #checkpoint;
  #lineage: string = randomUUID();
  #timer: Timer | undefined;
  #keeping: Promise<void> | undefined;
  #isStopped = false;

  constructor(deps: FollowAttemptsDeps) {
    const { redisUrl, redis, keys, learned, log } = deps;
    this.#deps = deps;
    this.#checkpoint = createCheckpoint(redis, keys);
    this.#tailing = connectRedis({ url: redisUrl, role: 'attempts', log, blockingTimeoutMs: BLOCK_MS + 1000 });
    this.#tail = new StreamTail({
      redis: this.#tailing,
      keys: [keys.requests],
      blockMs: BLOCK_MS,
      gatherMs: GATHER_MS,
      firstField: ATTEMPT_FIELD,
      onEntries: (_key, attempts) => learned.fold(attempts.map(toRecorded)),
    });
  }

  /** Takes the checkpoint over, and follows the stream from there. Never rejects: what Redis cannot give is learned anew. */
  async start(): Promise<void> {
    await this.#keep(true);
    await waitUntilReady(this.#tailing, CONNECT_WITHIN_MS).catch((error) => this.#deps.log.debug({ err: error }, 'redis is away'));
    this.#tail.start();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#keeping;
    await this.#tail.stop();
    await this.#keep(true);
  }

  #schedule(): void {
    const { clock, random, checkpointMs = CHECKPOINT_MS } = this.#deps;
    if (this.#isStopped) return;
    this.#timer = clock.setTimeout(
      () => {
        this.#keeping = this.#keep(false).finally(() => this.#schedule());
      },
      checkpointMs * (0.75 + random() / 2),
    );
  }

  /** Brings figures and checkpoint in step. Of several replicas one saves; the others find that it has. `atOnce`: whoever asks. */
  async #keep(atOnce: boolean): Promise<void> {
    const { redis, keys, log, checkpointMs = CHECKPOINT_MS } = this.#deps;
    try {
      const saved = await this.#checkpoint.read();
      if (saved && saved.lineage !== this.#lineage && (await this.#takeOver())) return;
      const { lastGeneratedId } = await readStreamExtent(redis, keys.requests);
      // The stream was emptied, or is an older copy of itself.
      if (compareStreamIds(this.#cursor(), lastGeneratedId) > 0) this.#tail.seek(keys.requests, lastGeneratedId);
      const isFresh = saved && streamIdMs(this.#cursor()) - streamIdMs(saved.streamId) < checkpointMs / 2;
      if (isFresh && !atOnce) return;
      if (!(await this.#save())) await this.#takeOver();
    } catch (error) {
      log.debug({ err: error }, 'the learned figures were not saved');
    }
  }

  /** Another replica's figures for our own. False where they are ours, or cannot be read. */
  async #takeOver(): Promise<boolean> {
    const { keys, learned } = this.#deps;
    const state = await this.#checkpoint.load();
    if (state === undefined || state.lineage === this.#lineage || !learned.restore(state)) return false;
    this.#lineage = state.lineage;
    this.#tail.seek(keys.requests, state.streamId);
    return true;
  }

  async #save(): Promise<boolean> {
    return this.#checkpoint.save({ ...this.#deps.learned.save(), lineage: this.#lineage, streamId: this.#cursor() });
  }

  #cursor(): string {
    return this.#tail.cursor(this.#deps.keys.requests);
  }
}

function toRecorded([id, fields]: StreamEntry): RecordedAttempt {
  const key = `${fieldOf(fields, 'id') ?? ''} ${fieldOf(fields, ATTEMPT_FIELD) ?? ''}`;
  return { key, atMs: streamIdMs(id), read: () => attemptFromFields(fields) };
}
