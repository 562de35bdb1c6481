import type { Attempt, Clock, Logger, Request } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { createBurstAppender } from './burst-appender.js';
import { attemptToFields, requestToFields } from './request-entries.js';

export interface RequestAppenderDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RequestAppender {
  /** Keeps the record, of which `json` is the text, for the next burst. Never waits and never throws. */
  append(request: Request, json?: string): void;
  /** The same for an attempt, whose record comes before that of its request. */
  appendAttempt(attempt: Attempt): void;
  /** Records that found no place while Redis was away. */
  dropped(): number;
  /** Writes what is waiting, once, and takes no more. */
  close(): Promise<void>;
}

/** What waits to be written. */
type Waiting = { readonly request: Request; readonly json: string | undefined } | { readonly attempt: Attempt };

/** Writes finished requests to their stream, beside the requests themselves: a lost Redis costs records, not answers. */
export function createRequestAppender({ redis, keys, clock, log }: RequestAppenderDeps): RequestAppender {
  const appender = createBurstAppender<Waiting>({ redis, key: keys.requests, fieldsOf, what: 'requests', clock, log });
  return {
    append: (request, json) => appender.append({ request, json }),
    appendAttempt: (attempt) => appender.append({ attempt }),
    dropped: appender.dropped,
    close: appender.close,
  };
}

function fieldsOf(entry: Waiting): string[] {
  return 'request' in entry ? requestToFields(entry.request, entry.json) : attemptToFields(entry.attempt);
}
