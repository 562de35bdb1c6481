import type { Attempt, Request, RequestDetail } from '@ollama-coordinator/common';
import { fieldOf, type Redis } from '@ollama-coordinator/common/redis';
import { attemptFromFields, isAttempt, requestFromFields } from './request-entries.js';

const READ_AT_ONCE = 1000;
/** Entries that are looked at, the latest first: who asks for one request saw it a while ago at most. */
const SCAN_LIMIT = 50_000;
/** An attempt may have been written this many entries before its request. */
const BEHIND_LIMIT = 5000;

/** Looks a request up by its id; undefined where the stream does not have it (any more). Its attempts stand before it, close by. */
export async function findRequest(redis: Redis, key: string, id: string): Promise<RequestDetail | undefined> {
  let request: Request | undefined;
  const tries = new Map<number, Attempt>();
  const detail = () => request && { ...request, tries: [...tries.values()].sort((one, other) => one.attempt - other.attempt) };
  let newest = '+';
  for (let left = SCAN_LIMIT; left > 0; left = Math.min(left, request ? BEHIND_LIMIT : left) - READ_AT_ONCE) {
    const entries = await redis.xrevrange(key, newest, '-', 'COUNT', READ_AT_ONCE);
    for (const [, fields] of entries) {
      if (fieldOf(fields, 'id') !== id) continue;
      const attempt = attemptFromFields(fields);
      if (attempt) tries.set(attempt.attempt, attempt);
      else if (!isAttempt(fields)) request ??= requestFromFields(fields);
      if (request && tries.size >= request.attempts) return detail();
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < READ_AT_ONCE) break;
    newest = `(${last[0]}`;
  }
  return detail();
}
