import { AppError } from '@ollama-coordinator/common';
import type { Redis, StreamEntry } from '@ollama-coordinator/common/redis';

export interface ScanQuery<T> {
  readonly key: string;
  readonly limit: number;
  /** Where the page before ended. */
  readonly cursor?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Entries that are looked at, so that a rare search stays short; the caller goes on with the cursor. */
  readonly scanLimit?: number;
  /** True where the call has taken long enough; asked after each read. */
  readonly isLate?: () => boolean;
  /** Undefined for an entry that does not belong in the answer. */
  readonly pick: (entry: StreamEntry) => T | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Continues behind the last entry looked at; absent at the end. A page may be short, even empty, and have one. */
  readonly cursor?: string;
}

const READ_AT_ONCE = 500;
const SCAN_LIMIT = 5000;

/** The newest entries first. `since` and `until` are by the time an entry was written. Throws BAD_REQUEST for a cursor that is none. */
export async function scanStream<T>(
  redis: Redis,
  { key, limit, cursor, since, until, scanLimit = SCAN_LIMIT, isLate = () => false, pick }: ScanQuery<T>,
): Promise<Page<T>> {
  if (cursor !== undefined && !/^\d{1,16}-\d{1,20}$/.test(cursor)) {
    throw new AppError('BAD_REQUEST', { details: { reason: 'cursor: must be one that an earlier answer carried' } });
  }
  const items: T[] = [];
  const oldest = since === undefined ? '-' : String(since.getTime());
  let newest = cursor !== undefined ? `(${cursor}` : until === undefined ? '+' : String(until.getTime());
  for (let looked = 0; looked < scanLimit; ) {
    const count = Math.min(READ_AT_ONCE, scanLimit - looked);
    const entries = await redis.xrevrange(key, newest, oldest, 'COUNT', count);
    for (const entry of entries) {
      const item = pick(entry);
      if (item === undefined) continue;
      items.push(item);
      if (items.length === limit) return { items, cursor: entry[0] };
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < count) return { items };
    looked += entries.length;
    newest = `(${last[0]}`;
    if (isLate()) break;
  }
  return { items, cursor: newest.slice(1) };
}
