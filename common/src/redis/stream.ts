import type { Redis } from './connect.js';

/** `[id, [field, value, …]]`, as ioredis answers it. */
export type StreamEntry = [id: string, fields: string[]];

/** Before every entry. */
export const STREAM_START = '0-0';

/** The value of `name` among an entry's alternating fields and values. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < fields.length; index += 2) if (fields[index] === name) return fields[index + 1];
  return undefined;
}

/** Milliseconds since 1970, by Redis' clock, at which the entry of that id was written. */
export function streamIdMs(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

/** Negative where `a` was written before `b`. */
export function compareStreamIds(a: string, b: string): number {
  return streamIdMs(a) - streamIdMs(b) || Number(a.slice(a.indexOf('-') + 1)) - Number(b.slice(b.indexOf('-') + 1));
}

/** Which entries a stream holds. */
export interface StreamExtent {
  readonly lastGeneratedId: string;
  /** Undefined for an empty stream. */
  readonly firstId: string | undefined;
}

/** An absent stream reads as one that never had an entry. */
export async function readStreamExtent(redis: Redis, key: string): Promise<StreamExtent> {
  let reply: unknown[];
  try {
    reply = (await redis.xinfo('STREAM', key)) as unknown[];
  } catch (error) {
    if (error instanceof Error && /no such key/i.test(error.message)) return { lastGeneratedId: STREAM_START, firstId: undefined };
    throw error;
  }
  const fieldNamed = (name: string) => reply[reply.indexOf(name) + 1];
  const first = fieldNamed('first-entry');
  return { lastGeneratedId: String(fieldNamed('last-generated-id')), firstId: Array.isArray(first) ? String(first[0]) : undefined };
}

/**
 * True where a reader at `cursor` has missed entries, or never will see the next ones: the stream was emptied or fell back
 * to an older copy (the cursor is ahead of it), or was trimmed past the cursor (the reader was too slow).
 */
export function isCursorLost(cursor: string, extent: StreamExtent): boolean {
  if (compareStreamIds(cursor, extent.lastGeneratedId) > 0) return true;
  return cursor !== STREAM_START && extent.firstId !== undefined && compareStreamIds(cursor, extent.firstId) < 0;
}

export interface StreamTailDeps {
  /** A connection of its own, made with `blockingTimeoutMs` above `blockMs`. */
  readonly redis: Redis;
  readonly keys: readonly string[];
  readonly blockMs: number;
  /** Entries of one stream, oldest first; called synchronously, must not throw. */
  readonly onEntries: (key: string, entries: readonly StreamEntry[]) => void;
  /**
   * Least time between two reads, so that many small entries cost one read. Milliseconds.
   */
  readonly gatherMs?: number;
  /**
   * Only entries that begin with this field are told. The others are not even made into text, which would be most of the work where they
   * stand between those that are wanted.
   */
  readonly firstField?: string;
}

type RawEntry = [id: Buffer, fields: Buffer[]];

const BATCH = 2000;
const RETRY_MS = 100;

/**
 * Reads streams from its own cursors until stopped. A lost Redis looks like an idle one here (ioredis resolves null), so its
 * health is measured elsewhere.
 */
export class StreamTail {
  readonly #deps: StreamTailDeps;
  readonly #cursors = new Map<string, string>();
  #stopping = false;
  #loop: Promise<void> | undefined;

  constructor(deps: StreamTailDeps) {
    this.#deps = deps;
    for (const key of deps.keys) this.#cursors.set(key, STREAM_START);
  }

  cursor(key: string): string {
    return this.#cursors.get(key) ?? STREAM_START;
  }

  /** The next read starts behind `id`. */
  seek(key: string, id: string): void {
    this.#cursors.set(key, id);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends a read that is under way by closing the connection. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#deps.redis.disconnect();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        if (await this.#readOnce()) await pause(this.#deps.gatherMs ?? 0);
      } catch {
        if (!this.#stopping) await pause(RETRY_MS);
      }
    }
  }

  async #readOnce(): Promise<boolean> {
    const { redis, keys, blockMs, onEntries, firstField } = this.#deps;
    const asked = keys.map((key) => this.cursor(key));
    const reply = await redis.xreadBuffer('COUNT', BATCH, 'BLOCK', blockMs, 'STREAMS', ...keys, ...asked);
    if (reply === null || this.#stopping) return false;
    for (const [rawKey, entries] of reply as [Buffer, RawEntry[]][]) {
      const key = rawKey.toString();
      const last = entries.at(-1);
      // A cursor that was set while the read was under way is the newer knowledge.
      if (last === undefined || this.cursor(key) !== asked[keys.indexOf(key)]) continue;
      this.#cursors.set(key, last[0].toString());
      const wanted = firstField === undefined ? entries : entries.filter(([, fields]) => fields[0]?.toString() === firstField);
      if (wanted.length > 0) onEntries(key, wanted.map(toText));
    }
    return true;
  }
}

function toText([id, fields]: RawEntry): StreamEntry {
  return [id.toString(), fields.map((field) => field.toString())];
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs).unref());
}
