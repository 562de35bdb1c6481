import type { Clock } from '@ollama-coordinator/common';
import { fieldOf, type Redis, type RedisKeys, readStreamExtent, type StreamEntry } from '@ollama-coordinator/common/redis';
import type { WaitingLines } from './waiting-lines.js';

export interface FollowServedDeps {
  /** A connection without blocking reads. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly lines: Pick<WaitingLines, 'waiting' | 'cares' | 'servedElsewhere'>;
}

/** How often the requests stream is read while requests wait here. */
export const FOLLOW_PERIOD_MS = 100;
/** What was served before a pause this long says nothing about who is next. */
const STALE_MS = 5000;
const MOST_ENTRIES = 1000;

/**
 * Tells the waiting lines what other replicas served to whom, so that a caller has one share however many replicas it
 * uses. Reads only while requests wait here; without Redis each replica divides what it serves itself.
 */
export function followServed({ redis, keys, replicaId, clock, lines }: FollowServedDeps): () => void {
  let cursor: string | undefined;
  let readMs = 0;
  let reading = false;

  async function read(): Promise<void> {
    if (cursor === undefined || clock.monotonic() - readMs > STALE_MS) {
      cursor = (await readStreamExtent(redis, keys.requests)).lastGeneratedId;
    } else {
      const entries = await redis.xrange(keys.requests, `(${cursor}`, '+', 'COUNT', MOST_ENTRIES);
      for (const [, fields] of entries) apply(fields);
      cursor = entries.at(-1)?.[0] ?? cursor;
    }
    readMs = clock.monotonic();
  }

  function apply(fields: StreamEntry[1]): void {
    const model = fieldOf(fields, 'model') ?? '';
    if (!lines.cares(model)) return;
    const served = parseServed(fieldOf(fields, 'data') ?? '');
    if (served && served.replica !== replicaId) lines.servedElsewhere(model, served.caller, served.tokens);
  }

  const timer = clock.setInterval(() => {
    if (reading || lines.waiting() === 0) return;
    reading = true;
    // Redis may be away; local knowledge will do, and the next round asks again.
    read()
      .catch(() => {})
      .finally(() => {
        reading = false;
      });
  }, FOLLOW_PERIOD_MS);
  return () => timer.cancel();
}

interface ServedElsewhere {
  readonly replica: string;
  readonly caller: string;
  /** Undefined where nobody counted them. */
  readonly tokens: number | undefined;
}

/** Undefined for a request that no Ollama worked on, and for what is no record. */
function parseServed(data: string): ServedElsewhere | undefined {
  try {
    const { replica, caller, attempts, prompt_tokens: prompt, output_tokens: output } = JSON.parse(data);
    if (typeof replica !== 'string' || typeof caller !== 'string' || !(attempts > 0)) return undefined;
    const counted = typeof prompt === 'number' || typeof output === 'number';
    return { replica, caller, tokens: counted ? Number(prompt ?? 0) + Number(output ?? 0) : undefined };
  } catch {
    return undefined;
  }
}
