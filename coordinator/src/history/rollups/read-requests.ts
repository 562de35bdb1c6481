import { bindScript, compareStreamIds, type Redis } from '@ollama-coordinator/common/redis';
import { ATTEMPT_FIELD } from '../request-entries.js';

/** What a read of the history's stream found. */
export interface RequestsRead {
  /** The record of each request, as JSON, oldest first. Attempts are left out. */
  readonly records: readonly string[];
  /** Of the last entry looked at; the one from which it began, where there was none after it. */
  readonly lastId: string;
  /** Whether there may be more. */
  readonly isFull: boolean;
}

/**
 * The values of one field of the requests among a stream's entries. An entry has some fifteen strings, and to the client library each
 * costs as much as the one that is wanted: Redis leaves the others out.
 *
 * KEYS: 1 the stream
 * ARGV: 1 XRANGE or XREVRANGE · 2 and 3 where it begins and ends · 4 entries to look at, at most · 5 the field
 * Result: entries looked at, id of the last of them, then the values
 */
const READ_FIELD = `
local entries = redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3], 'COUNT', ARGV[4])
local found = { #entries, '' }
for _, entry in ipairs(entries) do
  local fields = entry[2]
  if fields[1] ~= '${ATTEMPT_FIELD}' then
    for at = 1, #fields, 2 do
      if fields[at] == ARGV[5] then found[#found + 1] = fields[at + 1] end
    end
  end
  found[2] = entry[1]
end
return found
`;

type Reply = [looked: number, lastId: string, ...values: string[]];

export interface RequestReader {
  /** The requests after the entry `from`, of at most `count` entries. */
  after(from: string, count: number): Promise<RequestsRead>;
  /** Ids of the requests up to the entry `from` and with it, of at most `count` entries. */
  idsUpTo(from: string, count: number): Promise<string[]>;
}

/** Reads the requests of the stream `key`. Rejects while Redis is away. */
export function createRequestReader(redis: Redis, key: string): RequestReader {
  const read = bindScript(redis, READ_FIELD);
  return {
    async after(from, count) {
      const [looked, lastId, ...records] = (await read([key], ['XRANGE', `(${from}`, '+', count, 'data'])) as Reply;
      return { records, lastId: looked > 0 && compareStreamIds(lastId, from) > 0 ? lastId : from, isFull: looked === count };
    },
    async idsUpTo(from, count) {
      const [, , ...ids] = (await read([key], ['XREVRANGE', from, '-', count, 'id'])) as Reply;
      return ids;
    },
  };
}
