import type { Clock, Logger, Timer } from '@ollama-coordinator/common';
import {
  connectRedis,
  fieldOf,
  isCursorLost,
  type Redis,
  type RedisKeys,
  readStreamExtent,
  StreamTail,
} from '@ollama-coordinator/common/redis';

export interface FollowKeysDeps {
  readonly redisUrl: string;
  /** A connection without blocking reads. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly log: Logger;
  /** A record that any replica wrote, this one included. */
  readonly onChange: (hash: string, json: string) => void;
  /** Reads all records, and writes back what Redis has lost or could not take. */
  readonly reconcile: () => Promise<void>;
  /** Whether there is something that Redis could not take. */
  readonly hasUnsaved: () => boolean;
  /** An entry of the stream that is no record of a key. */
  readonly onOther?: (fields: readonly string[]) => void;
}

export interface FollowKeys {
  /** Rejects where Redis cannot be read. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const BLOCK_MS = 2000;
/** How often it is asked whether Redis is the one that it was, and whether everything that it said was heard. */
const CHECK_MS = 1000;
/** Now and then all records are compared, whatever happened. */
const RECONCILE_MS = 60_000;

/**
 * Keeps the keys of this replica those of the fleet: reads the stream of changes as it grows, and all records whenever the stream
 * is not the one that was read before (Redis came back with less, or forgot what was not read yet).
 */
export function createFollowKeys(deps: FollowKeysDeps): FollowKeys {
  const { redisUrl, redis, keys, clock, log, onChange, reconcile, hasUnsaved, onOther } = deps;
  const tailing = connectRedis({ url: redisUrl, role: 'keys', log, blockingTimeoutMs: BLOCK_MS + 1000 });
  const tail = new StreamTail({
    redis: tailing,
    keys: [keys.apiKeyChanges],
    blockMs: BLOCK_MS,
    onEntries: (_key, entries) => {
      for (const [, fields] of entries) {
        const hash = fieldOf(fields, 'hash');
        if (hash === undefined) onOther?.(fields);
        else onChange(hash, fieldOf(fields, 'data') ?? '');
      }
    },
  });
  let timer: Timer | undefined;
  let checking: Promise<void> | undefined;
  let reconciledMs = 0;

  async function readAll(): Promise<void> {
    // The place in the stream first: what is written while all records are read is then read twice rather than never.
    const { lastGeneratedId } = await readStreamExtent(redis, keys.apiKeyChanges);
    await reconcile();
    tail.seek(keys.apiKeyChanges, lastGeneratedId);
    reconciledMs = clock.monotonic();
  }

  async function check(): Promise<void> {
    try {
      const extent = await readStreamExtent(redis, keys.apiKeyChanges);
      const isDue = hasUnsaved() || clock.monotonic() - reconciledMs > RECONCILE_MS;
      if (isDue || isCursorLost(tail.cursor(keys.apiKeyChanges), extent)) await readAll();
    } catch (error) {
      log.debug({ err: error }, 'the keys in redis could not be compared');
    }
  }

  return {
    async start() {
      await readAll();
      tailing.connect().catch(() => {});
      tail.start();
      timer = clock.setInterval(() => {
        checking ??= check().finally(() => {
          checking = undefined;
        });
      }, CHECK_MS);
    },
    async stop() {
      timer?.cancel();
      await checking;
      await tail.stop();
    },
  };
}
