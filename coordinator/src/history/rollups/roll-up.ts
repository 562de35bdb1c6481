import type { Logger, TrendPeriod } from '@ollama-coordinator/common';
import { bindScript, type Redis, type RedisKeys, STREAM_START } from '@ollama-coordinator/common/redis';
import { addFigures, type Figures, type FoldedRequest, figuresSchema, foldedRequestSchema, noFigures } from './figures.js';
import { agentField, FLEET_FIELD, foldRequest, Sums } from './fold-requests.js';
import { createRequestReader } from './read-requests.js';
import { WRITE_ROLLUPS } from './write-rollups.js';

export interface RollUpDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly log: Logger;
}

/** Between two reads requests pass. */
const READ_AT_ONCE = 250;
/** Entries in one write: what one run leaves, the next one takes. */
const MOST_AT_ONCE = 50_000;
/** A record that was written twice stands no further apart than this: a burst is sent again within seconds. */
const LOOK_BACK = 2000;
const MINUTE_MS = 60_000;
/** A minute is counted when it is over for good: its sample comes within half a minute of its end. */
const SETTLED_MS = 2 * MINUTE_MS;
/** Of a roll-up that begins late no more than this is made up for, which is more than an outage of Redis is survived by samples. */
const MOST_MINUTES = 24 * 60;
const KEPT_S: Readonly<Record<TrendPeriod, number>> = { hour: 31 * 86_400, day: 400 * 86_400 };

/**
 * Folds what was written to the history since the last time into the roll-ups. May run at several replicas at once: what
 * they fold is written with the cursor from which they began, by the first of them; the others' is dropped. `isBehind`: there is more
 * than one call takes. Rejects while Redis is away.
 */
export async function rollUp({ redis, keys, log }: RollUpDeps): Promise<{ readonly added: number; readonly isBehind: boolean }> {
  const write = bindScript(redis, WRITE_ROLLUPS);
  const cursor = await readCursor(redis, keys);
  const sums = new Sums();
  const { streamId, count, isBehind } = await foldStream(redis, keys.requests, cursor.streamId, sums);
  const minute = await foldMinutes(redis, keys, cursor.minute, sums);
  const next = `${streamId} ${minute}`;
  if (next === cursor.text) return { added: 0, isBehind };
  const isWritten = await writeSums(write, redis, keys, { from: cursor.text, to: next, sums });
  if (!isWritten) log.debug({ count }, 'another replica rolled the history up');
  return { added: isWritten ? count : 0, isBehind };
}

async function readCursor(redis: Redis, keys: RedisKeys): Promise<{ text: string; streamId: string; minute: number }> {
  const text = (await redis.get(keys.rollupCursor)) ?? '';
  const [streamId = '', minute = ''] = text.split(' ');
  return { text, streamId: streamId === '' ? STREAM_START : streamId, minute: Number(minute) || 0 };
}

async function foldStream(
  redis: Redis,
  key: string,
  from: string,
  sums: Sums,
): Promise<{ streamId: string; count: number; isBehind: boolean }> {
  const requests = createRequestReader(redis, key);
  let streamId = from;
  let count = 0;
  let seen: Set<string> | undefined;
  for (let looked = 0; looked < MOST_AT_ONCE; looked += READ_AT_ONCE) {
    const { records, lastId, isFull } = await requests.after(streamId, READ_AT_ONCE);
    if (records.length > 0) seen ??= new Set(from === STREAM_START ? [] : await requests.idsUpTo(from, LOOK_BACK));
    for (const record of records) {
      const request = parseRequest(record);
      if (request === undefined || seen?.has(request.id)) continue;
      seen?.add(request.id);
      count += 1;
      foldRequest(sums, request);
    }
    streamId = lastId;
    if (!isFull) return { streamId, count, isBehind: false };
  }
  return { streamId, count, isBehind: true };
}

function parseRequest(record: string): FoldedRequest | undefined {
  try {
    return foldedRequestSchema.safeParse(JSON.parse(record)).data;
  } catch {
    return undefined;
  }
}

/** Counts the minutes in which each agent was online, up to the last that is settled; returns the start of the next one. */
async function foldMinutes(redis: Redis, keys: RedisKeys, from: number, sums: Sums): Promise<number> {
  const [seconds] = await redis.time();
  const until = Math.floor((Number(seconds) * 1000 - SETTLED_MS) / MINUTE_MS) * MINUTE_MS;
  const since = Math.max(from, until - MOST_MINUTES * MINUTE_MS);
  if (since >= until) return from;
  for (const id of await redis.smembers(keys.agents)) {
    const samples = await redis.xrange(keys.healthHistory(id), since, until - 1);
    for (const [at] of samples) {
      sums.at(Number(at.split('-')[0]), [FLEET_FIELD, agentField(id)], (figures) => {
        figures.online_minutes += 1;
      });
    }
  }
  return until;
}

interface Write {
  readonly from: string;
  readonly to: string;
  readonly sums: Sums;
}

async function writeSums(write: ReturnType<typeof bindScript>, redis: Redis, keys: RedisKeys, { from, to, sums }: Write): Promise<boolean> {
  const scriptKeys: string[] = [keys.rollupCursor];
  const args: (string | number)[] = [from, to];
  for (const { period, startMs, fields } of sums.buckets()) {
    const key = keys.rollup(period, startMs);
    const names = [...fields.keys()];
    const known = await redis.hmget(key, ...names);
    const values = names.flatMap((name, index) => [name, JSON.stringify(summed(parseFigures(known[index]), fields.get(name)))]);
    scriptKeys.push(key);
    args.push(values.length, KEPT_S[period], ...values);
  }
  return (await write(scriptKeys, args)) === 1;
}

/** None where there are none, or none that can be read. */
export function parseFigures(text: string | null | undefined): Figures {
  if (!text) return noFigures();
  try {
    return figuresSchema.parse(JSON.parse(text));
  } catch {
    return noFigures();
  }
}

function summed(known: Figures, more: Figures | undefined): Figures {
  if (more !== undefined) addFigures(known, more);
  return known;
}
