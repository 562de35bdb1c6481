import type { Clock, Logger, Timer } from '@ollama-coordinator/common';
import { bindScript, type Redis } from '@ollama-coordinator/common/redis';

export interface BurstAppenderDeps<T> {
  readonly redis: Redis;
  /** The stream. */
  readonly key: string;
  readonly fieldsOf: (entry: T) => string[];
  /** What the entries are, for the log. */
  readonly what: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface BurstAppender<T> {
  /** Keeps the entry for the next burst. Never waits and never throws. */
  append(entry: T): void;
  /** Entries that found no place while Redis was away. */
  dropped(): number;
  /** Writes what is waiting, once, and takes no more. */
  close(): Promise<void>;
}

const BURST_MS = 50;
const RETRY_MS = 1000;
/** Some 10 MB; the oldest give way. */
const WAITING_LIMIT = 10_000;
const BURST_LIMIT = 500;

/**
 * One command for a burst: to the client library each command is more work than the entry in it.
 *
 * KEYS: 1 the stream
 * ARGV: per entry: the number of strings that follow, then its fields and values
 */
const APPEND_ENTRIES = `
local at = 1
while at < #ARGV do
  local count = tonumber(ARGV[at])
  redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 1, at + count))
  at = at + count + 1
end
`;

/** Writes entries to a stream in bursts, beside what they are about: a lost Redis costs entries, and holds up nobody. */
export function createBurstAppender<T>({ redis, key, fieldsOf, what, clock, log }: BurstAppenderDeps<T>): BurstAppender<T> {
  const appendEntries = bindScript(redis, APPEND_ENTRIES);
  let waiting: T[] = [];
  let dropped = 0;
  let timer: Timer | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;

  function writeSoon(delayMs: number): void {
    if (closed || timer !== undefined) return;
    timer = clock.setTimeout(() => {
      timer = undefined;
      writing ??= writeBurst().finally(() => {
        writing = undefined;
      });
    }, delayMs);
  }

  async function writeBurst(): Promise<void> {
    const burst = waiting.splice(0, BURST_LIMIT);
    if (burst.length === 0) return;
    try {
      await appendEntries([key], burst.flatMap(withCount));
      if (waiting.length > 0) writeSoon(0);
    } catch (error) {
      // Some may have been written: whoever reads passes over an entry that it has seen.
      waiting = [...burst, ...waiting];
      dropOldest();
      log.debug({ err: error, waiting: waiting.length }, `${what} could not be written to the history`);
      writeSoon(RETRY_MS);
    }
  }

  function withCount(entry: T): (string | number)[] {
    const fields = fieldsOf(entry);
    return [fields.length, ...fields];
  }

  function dropOldest(): void {
    const excess = waiting.length - WAITING_LIMIT;
    if (excess <= 0) return;
    if (dropped === 0) log.warn({ kept: WAITING_LIMIT }, `the history loses its oldest unwritten ${what}`);
    dropped += excess;
    waiting.splice(0, excess);
  }

  return {
    append(entry) {
      if (closed) return;
      waiting.push(entry);
      dropOldest();
      writeSoon(BURST_MS);
    },
    dropped: () => dropped,
    async close() {
      closed = true;
      timer?.cancel();
      await writing;
      while (waiting.length > 0) {
        const before = waiting.length;
        await writeBurst();
        if (waiting.length >= before) break;
      }
    },
  };
}
