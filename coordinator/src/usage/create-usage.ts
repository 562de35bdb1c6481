import { AppError, type Clock, type KeyUsage, type Logger, type Request, type Timer } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import type { ApiKey } from '../credentials/api-key.js';
import type { Caller } from '../credentials/caller.js';
import { readCounts, type UsageCounts, writeCounts } from './usage-counts.js';

export interface UsageDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface UsageQuery {
  readonly of: readonly Pick<ApiKey, 'id' | 'name'>[];
  readonly since: Date;
  readonly until: Date;
  readonly model?: string | undefined;
}

/** What API keys used, per model and day. */
export interface Usage {
  /** Called once per request, when it settles; never waits. */
  count(caller: Caller, request: Request): void;
  /** One row per key, model and day. Other replicas' counts are up to two seconds old. Throws USAGE_UNAVAILABLE. */
  read(query: UsageQuery): Promise<readonly KeyUsage[]>;
  /** Writes what is waiting, once. */
  close(): Promise<void>;
}

const WRITE_MS = 2000;
const KEPT_DAYS = 100;
/** Beyond this many models on one day a key's further ones are counted together. */
const MOST_MODELS = 500;
const OTHER_MODELS = '(other models)';

interface Counted extends UsageCounts {
  readonly key: string;
  readonly field: string;
  readonly day: string;
  isWritten: boolean;
}

/**
 * Counts in memory and writes the counts of this replica as absolute numbers into one hash per key and month, whose fields are
 * `<day of month>|<replica>|<model>`: what arrives twice does no harm. The sum over the replicas is made when somebody asks.
 */
export function createUsage({ redis, keys, replicaId, clock, log }: UsageDeps): Usage {
  const counted = new Map<string, Counted>();
  const models = new Map<string, number>();
  let timer: Timer | undefined;
  let writing: Promise<void> | undefined;

  function entryOf(keyId: string, model: string, day: string): Counted {
    const name = `${keyId} ${day} ${model}`;
    const known = counted.get(name);
    if (known) return known;
    const ofKey = (models.get(`${keyId} ${day}`) ?? 0) + 1;
    if (ofKey > MOST_MODELS && model !== OTHER_MODELS) return entryOf(keyId, OTHER_MODELS, day);
    models.set(`${keyId} ${day}`, ofKey);
    const [month, date] = [day.slice(0, 7), day.slice(8)];
    const place = { key: keys.usage(keyId, month), field: `${date}|${replicaId}|${model}`, day };
    const entry: Counted = { ...place, requests: 0, failed: 0, promptTokens: 0, outputTokens: 0, isWritten: false };
    counted.set(name, entry);
    return entry;
  }

  async function write(): Promise<void> {
    const waiting = [...counted.values()].filter(({ isWritten }) => !isWritten);
    if (waiting.length === 0) return;
    const pipeline = redis.pipeline();
    for (const entry of waiting) {
      pipeline.hset(entry.key, entry.field, writeCounts(entry)).expire(entry.key, KEPT_DAYS * 86_400);
      entry.isWritten = true;
    }
    try {
      const failed = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
      if (failed) throw failed;
      forgetOtherDays();
    } catch (error) {
      for (const entry of waiting) entry.isWritten = false;
      log.debug({ err: error }, 'what keys used could not be written; it is written later');
      writeSoon();
    }
  }

  /** A request that settles after midnight counts for the new day, so the old one's figures are final once written. */
  function forgetOtherDays(): void {
    const today = dayOf(clock.now());
    for (const [name, { day, isWritten }] of counted) if (isWritten && day !== today) counted.delete(name);
    for (const name of models.keys()) if (!name.endsWith(today)) models.delete(name);
  }

  function writeNow(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  function writeSoon(): void {
    timer ??= clock.setTimeout(() => {
      timer = undefined;
      void writeNow();
    }, WRITE_MS);
  }

  return {
    count({ key }, request) {
      // What no agent had cost nothing, and its model's name may be anything.
      if (key === undefined || request.agent_id === undefined) return;
      const entry = entryOf(key.id, request.model, dayOf(clock.now()));
      entry.requests += 1;
      if (request.status !== 'completed') entry.failed += 1;
      entry.promptTokens += request.prompt_tokens ?? 0;
      entry.outputTokens += request.output_tokens ?? 0;
      entry.isWritten = false;
      writeSoon();
    },
    async read(query) {
      try {
        await writeNow();
        return (await Promise.all(query.of.map((key) => readKey(redis, keys, key, query)))).flat();
      } catch (cause) {
        throw new AppError('USAGE_UNAVAILABLE', { cause, retryAfterS: 1 });
      }
    },
    async close() {
      timer?.cancel();
      await writeNow();
    },
  };
}

async function readKey(redis: Redis, keys: RedisKeys, key: Pick<ApiKey, 'id' | 'name'>, query: UsageQuery): Promise<readonly KeyUsage[]> {
  const rows = new Map<string, KeyUsage>();
  const [first, last] = [dayOf(query.since.getTime()), dayOf(query.until.getTime())];
  for (const month of monthsOf(first, last)) {
    for (const [field, text] of Object.entries(await redis.hgetall(keys.usage(key.id, month)))) {
      const [date = '', , ...rest] = field.split('|');
      const [day, model, counts] = [`${month}-${date}`, rest.join('|'), readCounts(text)];
      if (counts === undefined || day < first || day > last || (query.model !== undefined && query.model !== model)) continue;
      const name = `${day} ${model}`;
      const row = rows.get(name) ?? emptyRow(key, model, day);
      rows.set(name, {
        ...row,
        requests: row.requests + counts.requests,
        failed: row.failed + counts.failed,
        prompt_tokens: row.prompt_tokens + counts.promptTokens,
        output_tokens: row.output_tokens + counts.outputTokens,
      });
    }
  }
  return [...rows.values()].sort((one, other) => other.day.localeCompare(one.day) || one.model.localeCompare(other.model));
}

function emptyRow({ id, name }: Pick<ApiKey, 'id' | 'name'>, model: string, day: string): KeyUsage {
  return { key_id: id, key_name: name, model, day, requests: 0, failed: 0, prompt_tokens: 0, output_tokens: 0 };
}

function monthsOf(first: string, last: string): string[] {
  const months: string[] = [];
  for (let month = first.slice(0, 7); month <= last.slice(0, 7); month = nextMonth(month)) months.push(month);
  return months;
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return dayOf(Date.UTC(year, number, 1)).slice(0, 7);
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
