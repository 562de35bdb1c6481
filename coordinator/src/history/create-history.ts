import {
  type Clock,
  type FleetEvent,
  type Logger,
  normalizeModelName,
  type Request,
  type RequestDetail,
  type RequestStatus,
  type Trend,
} from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { fieldOf, type Redis, type RedisKeys, type StreamEntry, streamIdMs } from '@ollama-coordinator/common/redis';
import { eventFromEntry } from '../registry/event-feed.js';
import { createRequestAppender, type RequestAppender } from './append-requests.js';
import { findRequest } from './find-request.js';
import { readHistory } from './read-history.js';
import { isAttempt, requestFromFields } from './request-entries.js';
import { readTrends, type TrendsQuery } from './rollups/read-trends.js';
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

export interface RequestsFilter extends TimeRange {
  /** Id or name. */
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  readonly status?: RequestStatus | undefined;
  /** Id of the API key, or `local`. */
  readonly caller?: string | undefined;
  /** Whether the one who asks may see it. */
  readonly isSeen?: ((request: Request) => boolean) | undefined;
}

export type RequestsQuery = RequestsFilter & PageQuery;

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
  /** Every request that matches, newest first; read as they are asked for. */
  allRequests(filter: RequestsFilter): AsyncIterable<Request>;
  /** One request with each of its attempts, first one first; undefined where the history does not have it (any more). */
  request(id: string): Promise<RequestDetail | undefined>;
  events(query: PageQuery): Promise<{ readonly events: readonly FleetEvent[]; readonly cursor?: string }>;
  /** Oldest first; of a range that holds more, the newest `limit`, and a cursor for those before. */
  healthSamples(
    agentId: AgentId,
    query: TimeRange & PageQuery,
  ): Promise<{ readonly samples: readonly HealthSample[]; readonly cursor?: string }>;
  trends(query: TrendsQuery): Promise<readonly Trend[]>;
  /** Entries that were found unreadable and left out. */
  unreadable(): number;
}

const DEFAULT_LIMIT = 50;
const READ_AT_ONCE = 1000;
/** A page that was searched for this long is answered with what was found, and a cursor. */
const PAGE_MS = 80;
/** A week of minutes. */
const SAMPLES_LIMIT = 7 * 24 * 60;

export function createHistory({ redis, keys, clock, log }: HistoryDeps): History {
  const appender = createRequestAppender({ redis, keys, clock, log });
  let unreadable = 0;

  function countUnreadable<T>(value: T | undefined): T | undefined {
    if (value === undefined) unreadable += 1;
    return value;
  }

  /** Written twice where the answer to the first writing was lost: the later one is passed over. */
  function pickRequests({ isSeen, ...wanted }: RequestsFilter): (entry: StreamEntry) => Request | undefined {
    const matches = requestMatcher(wanted);
    const seen = new Set<string>();
    return (entry) => {
      if (!matches(entry[1])) return undefined;
      const request = countUnreadable(requestFromFields(entry[1]));
      if (request === undefined || seen.has(request.id) || isSeen?.(request) === false) return undefined;
      // Written before entries named their caller.
      if (wanted.caller !== undefined && request.caller !== wanted.caller) return undefined;
      seen.add(request.id);
      return request;
    };
  }

  function readPage(filter: RequestsFilter, page: PageQuery & { readonly limit: number }): Promise<Page<Request>> {
    const { since, until } = filter;
    const startedMs = clock.monotonic();
    const isLate = () => clock.monotonic() - startedMs > PAGE_MS;
    return readHistory(() => scanStream(redis, { key: keys.requests, ...page, since, until, isLate, pick: pickRequests(filter) }));
  }

  async function* allRequests(filter: RequestsFilter): AsyncGenerator<Request> {
    let cursor: string | undefined;
    do {
      const page: Page<Request> = await readPage(filter, { limit: READ_AT_ONCE, cursor });
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  return {
    ...appender,
    unreadable: () => unreadable,
    async requests({ limit = DEFAULT_LIMIT, cursor, ...filter }) {
      const { items, ...rest } = await readPage(filter, { limit, cursor });
      return { requests: items, ...rest };
    },
    allRequests,
    request: (id) => readHistory(() => findRequest(redis, keys.requests, id)),
    async events({ limit = DEFAULT_LIMIT, cursor }) {
      const pick = (entry: StreamEntry) => countUnreadable(eventFromEntry(entry));
      const { items, ...rest }: Page<FleetEvent> = await readHistory(() => scanStream(redis, { key: keys.events, limit, cursor, pick }));
      return { events: items, ...rest };
    },
    trends: (query) => readHistory(() => readTrends(redis, keys, query)),
    async healthSamples(agentId, { limit = SAMPLES_LIMIT, cursor, since, until }) {
      const pick = ([id, fields]: StreamEntry) => sampleFromEntry(id, fields);
      const query = { key: keys.healthHistory(agentId), limit, cursor, since, until, scanLimit: limit, pick };
      const { items, ...rest }: Page<HealthSample> = await readHistory(() => scanStream(redis, query));
      return { samples: [...items].reverse(), ...rest };
    },
  };
}

function requestMatcher({
  agent,
  model,
  status,
  caller,
}: Pick<RequestsFilter, 'agent' | 'model' | 'status' | 'caller'>): (fields: readonly string[]) => boolean {
  const modelName = model === undefined ? undefined : normalizeModelName(model);
  return (fields) =>
    !isAttempt(fields) &&
    (status === undefined || fieldOf(fields, 'status') === status) &&
    (caller === undefined || (fieldOf(fields, 'caller') ?? caller) === caller) &&
    (modelName === undefined || fieldOf(fields, 'model') === modelName) &&
    (agent === undefined || fieldOf(fields, 'agent') === agent || fieldOf(fields, 'name') === agent);
}

function sampleFromEntry(id: string, fields: readonly string[]): HealthSample {
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
