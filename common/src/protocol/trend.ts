import { z } from 'zod';

export const trendPeriodSchema = z.enum(['hour', 'day']);
export type TrendPeriod = z.infer<typeof trendPeriodSchema>;

const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();

/** One hour or day (UTC) of the fleet, of one agent, or of one model. Durations are milliseconds; a figure that nothing was measured for is absent. */
export const trendSchema = z.object({
  /** When the period begins, RFC 3339. */
  at: z.string(),
  requests: count,
  completed: count,
  failed: count,
  cancelled: count,
  rejected: count,
  prompt_tokens: count,
  output_tokens: count,
  /** Model loads that a request waited for. */
  loads: count,
  first_byte_p50_ms: amount.optional(),
  first_byte_p90_ms: amount.optional(),
  first_byte_p99_ms: amount.optional(),
  queue_mean_ms: amount.optional(),
  total_mean_ms: amount.optional(),
  /** Of one answer, while it is generated. */
  tokens_per_s: amount.optional(),
  /** Minutes in which the agent was online; of the fleet: of all agents together. */
  online_minutes: count,
});
export type Trend = z.infer<typeof trendSchema>;
