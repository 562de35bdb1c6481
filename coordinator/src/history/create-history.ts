import {
  AppError,
  type Clock,
  type FleetEvent,
  type Logger,
  normalizeModelName,
  type Request,
  type RequestDetail,
  type RequestStatus,
} from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { fieldOf, type Redis, type RedisKeys, type StreamEntry, streamIdMs } from '@ollama-coordinator/common/redis';
import { eventFromEntry } from '../registry/event-feed.js';
import { createRequestAppender, type RequestAppender } from './append-requests.js';
import { findRequest } from './find-request.js';
import { isAttempt, requestFromFields } from './request-entries.js';
import { type Page, scanStream } from './scan-stream.js';

export interface HistoryDeps {
  /** A connection without blocking reads; the caller's to close. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

interface TimeRange {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface RequestsQuery extends PageQuery, TimeRange {
  /** Id or name. */
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  readonly status?: RequestStatus | undefined;
  /** Whether the one who asks may see it. */
  readonly isSeen?: ((request: Request) => boolean) | undefined;
}

/** How an agent fared in one minute; a figure that was not measured is absent. */
export interface HealthSample {
  /** RFC 3339. */
  readonly at: string;
  /** Busy shares, 0 to 1; gpu is the busiest one's. */
  readonly cpu?: number;
  readonly memory?: number;
  readonly gpu?: number;
  readonly in_flight: number;
}

/** What was, from Redis. Everything that reads throws HISTORY_UNAVAILABLE while Redis is away. */
export interface History extends Pick<RequestAppender, 'append' | 'appendAttempt' | 'dropped' | 'close'> {
  /** Newest first; a page may be short and still have a cursor. */
  requests(query: RequestsQuery): Promise<{ readonly requests: readonly Request[]; readonly cursor?: string }>;
  /** One request with each of its attempts, first one first; undefined where the history does not have it (any more). */
  request(id: string): Promise<RequestDetail | undefined>;
  events(query: PageQuery): Promise<{ readonly events: readonly FleetEvent[]; readonly cursor?: string }>;
  /** Oldest first; of a longer range the newest week's worth. */
  healthSamples(agentId: AgentId, range: TimeRange): Promise<{ readonly samples: readonly HealthSample[] }>;
  /** Entries that were found unreadable and left out. */
  unreadable(): number;
}

const DEFAULT_LIMIT = 50;
const SAMPLES_LIMIT = 7 * 24 * 60;

export function createHistory({ redis, keys, clock, log }: HistoryDeps): History {
  const appender = createRequestAppender({ redis, keys, clock, log });
  let unreadable = 0;

  function countUnreadable<T>(value: T | undefined): T | undefined {
    if (value === undefined) unreadable += 1;
    return value;
  }

  return {
    ...appender,
    unreadable: () => unreadable,
    async requests({ limit = DEFAULT_LIMIT, cursor, since, until, isSeen, ...wanted }) {
      const matches = requestMatcher(wanted);
      const seen = new Set<string>();
      const pick = (entry: StreamEntry) => {
        if (!matches(entry[1])) return undefined;
        const request = countUnreadable(requestFromFields(entry[1]));
        // Written twice where the answer to the first writing was lost.
        if (request === undefined || seen.has(request.id) || isSeen?.(request) === false) return undefined;
        seen.add(request.id);
        return request;
      };
      const { items, ...rest } = await readHistory(() => scanStream(redis, { key: keys.requests, limit, cursor, since, until, pick }));
      return { requests: items, ...rest };
    },
    request: (id) => readHistory(() => findRequest(redis, keys.requests, id)),
    async events({ limit = DEFAULT_LIMIT, cursor }) {
      const pick = (entry: StreamEntry) => countUnreadable(eventFromEntry(entry));
      const { items, ...rest }: Page<FleetEvent> = await readHistory(() => scanStream(redis, { key: keys.events, limit, cursor, pick }));
      return { events: items, ...rest };
    },
    async healthSamples(agentId, { since, until }) {
      const newest = until === undefined ? '+' : String(until.getTime());
      const oldest = since === undefined ? '-' : String(since.getTime());
      const entries = await readHistory(() => redis.xrevrange(keys.healthHistory(agentId), newest, oldest, 'COUNT', SAMPLES_LIMIT));
      return { samples: entries.reverse().map(sampleFromEntry) };
    },
  };
}

function requestMatcher({
  agent,
  model,
  status,
}: Pick<RequestsQuery, 'agent' | 'model' | 'status'>): (fields: readonly string[]) => boolean {
  const modelName = model === undefined ? undefined : normalizeModelName(model);
  return (fields) =>
    !isAttempt(fields) &&
    (status === undefined || fieldOf(fields, 'status') === status) &&
    (modelName === undefined || fieldOf(fields, 'model') === modelName) &&
    (agent === undefined || fieldOf(fields, 'agent') === agent || fieldOf(fields, 'name') === agent);
}

function sampleFromEntry([id, fields]: StreamEntry): HealthSample {
  const figures = ['cpu', 'memory', 'gpu'].flatMap((name) => {
    const text = fieldOf(fields, name);
    return text === undefined ? [] : [[name, Number(text)]];
  });
  return {
    at: new Date(streamIdMs(id)).toISOString(),
    ...Object.fromEntries(figures),
    in_flight: Number(fieldOf(fields, 'in_flight') ?? 0),
  };
}

async function readHistory<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('HISTORY_UNAVAILABLE', { cause, retryAfterS: 1 });
  }
}
