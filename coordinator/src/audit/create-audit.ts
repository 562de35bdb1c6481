import { AppError, type AuditEntry, auditEntrySchema, type Clock, type Logger, type Timer } from '@ollama-coordinator/common';
import { fieldOf, type Redis, type RedisKeys, type StreamEntry, streamIdMs } from '@ollama-coordinator/common/redis';
import { createBurstAppender } from '../history/burst-appender.js';
import { type Page, scanStream } from '../history/scan-stream.js';

/** An entry before Redis has given it an id and a time. */
export type Act = Omit<AuditEntry, 'id' | 'at' | 'replica'>;

export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
}

/** Who changed what: a line in the log at once, an entry in Redis as soon as that takes it. */
export interface Audit {
  /** Never waits and never throws. */
  record(act: Act): void;
  /** Newest first. Throws HISTORY_UNAVAILABLE while Redis is away. */
  read(query: AuditQuery): Promise<{ readonly entries: readonly AuditEntry[]; readonly cursor?: string }>;
  close(): Promise<void>;
}

export interface AuditDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly auditDays: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const DAY_MS = 24 * 60 * 60_000;
const TRIM_MS = 60 * 60_000;
/** Whatever its age, the stream keeps no more: an attacker with a key must not fill Redis. */
const MOST_ENTRIES = 200_000;

export function createAudit({ redis, keys, replicaId, auditDays, clock, log }: AuditDeps): Audit {
  const fieldsOf = (act: Act) => ['data', JSON.stringify({ ...act, replica: replicaId })];
  const appender = createBurstAppender<Act>({ redis, key: keys.audit, fieldsOf, what: 'audit entries', clock, log });
  const trim = async () => {
    await redis.xtrim(keys.audit, 'MINID', '~', clock.now() - auditDays * DAY_MS);
    await redis.xtrim(keys.audit, 'MAXLEN', '~', MOST_ENTRIES);
  };
  const timer: Timer = clock.setInterval(() => void trim().catch(() => {}), TRIM_MS);
  return {
    record(act) {
      log.info({ audit: act }, 'audit');
      appender.append(act);
    },
    async read({ limit, cursor, actor, action }) {
      const pick = (entry: StreamEntry) => {
        const read = entryOf(entry);
        return read && (actor === undefined || read.actor === actor) && (action === undefined || read.action === action) ? read : undefined;
      };
      try {
        const { items, ...rest }: Page<AuditEntry> = await scanStream(redis, { key: keys.audit, limit, cursor, pick });
        return { entries: items, ...rest };
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        throw new AppError('HISTORY_UNAVAILABLE', { cause, retryAfterS: 1 });
      }
    },
    async close() {
      timer.cancel();
      await appender.close();
    },
  };
}

function entryOf([id, fields]: StreamEntry): AuditEntry | undefined {
  try {
    const act: unknown = JSON.parse(fieldOf(fields, 'data') ?? '');
    const parsed = auditEntrySchema.safeParse({ ...(act as object), id, at: new Date(streamIdMs(id)).toISOString() });
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
