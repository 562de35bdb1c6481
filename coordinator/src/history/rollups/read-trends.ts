import { AppError, normalizeModelName, type Trend, type TrendPeriod } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { toTrend } from './figures.js';
import { agentField, FLEET_FIELD, modelField, periodLengthMs, periodStartMs } from './fold-requests.js';
import { parseFigures } from './roll-up.js';

export interface TrendsQuery {
  readonly by: TrendPeriod;
  readonly since: Date;
  readonly until: Date;
  /** Of one agent, by its id, or of one model; both unset: of the fleet. */
  readonly agentId?: string | undefined;
  readonly model?: string | undefined;
}

/** Periods in one answer: a month of hours. */
export const MOST_PERIODS = 31 * 24;

/** Each period of the range, oldest first, those without a request too. Throws BAD_REQUEST for a range that is too long. */
export async function readTrends(redis: Redis, keys: RedisKeys, { by, since, until, agentId, model }: TrendsQuery): Promise<Trend[]> {
  const firstMs = periodStartMs(by, since.getTime());
  const lastMs = periodStartMs(by, until.getTime());
  const count = (lastMs - firstMs) / periodLengthMs(by) + 1;
  if (count > MOST_PERIODS) {
    throw new AppError('BAD_REQUEST', {
      details: { reason: `since: the range has ${count} periods, and at most ${MOST_PERIODS} are shown` },
    });
  }
  const field = agentId !== undefined ? agentField(agentId) : model !== undefined ? modelField(normalizeModelName(model)) : FLEET_FIELD;
  const starts = Array.from({ length: Math.max(0, count) }, (_, index) => firstMs + index * periodLengthMs(by));
  const pipeline = redis.pipeline();
  for (const startMs of starts) pipeline.hget(keys.rollup(by, startMs), field);
  const replies = (await pipeline.exec()) ?? [];
  return starts.map((startMs, index) => {
    const [error, text] = replies[index] ?? [new Error('no reply')];
    if (error) throw error;
    return toTrend(new Date(startMs).toISOString(), parseFigures(text as string | null));
  });
}
