import { requestSchema, type Trend } from '@ollama-coordinator/common';
import { z } from 'zod';

const amount = z.number().nonnegative().default(0);

/** What a roll-up keeps of one period: sums only, so that two can be added. */
export const figuresSchema = z.object({
  requests: amount,
  completed: amount,
  failed: amount,
  cancelled: amount,
  rejected: amount,
  prompt_tokens: amount,
  output_tokens: amount,
  loads: amount,
  queue_ms: amount,
  total_ms: amount,
  /** Tokens of those answers of which `decode_ms` is known. */
  decoded_tokens: amount,
  decode_ms: amount,
  online_minutes: amount,
  /** Requests by how long their first byte took: the number of the step of `STEPS_PER_DOUBLING` → how many. */
  first_bytes: z.record(z.string(), z.number()).default({}),
});
export type Figures = z.output<typeof figuresSchema>;

/** What is folded of a request; less to check than all of it. */
export const foldedRequestSchema = requestSchema.pick({
  id: true,
  status: true,
  received_at: true,
  model: true,
  agent_id: true,
  queue_ms: true,
  first_byte_ms: true,
  total_ms: true,
  load_ms: true,
  decode_ms: true,
  prompt_tokens: true,
  output_tokens: true,
});
export type FoldedRequest = z.output<typeof foldedRequestSchema>;

/** A load that took no longer is a model that was loaded. */
const LEAST_LOAD_MS = 100;
/** Steps of 9 %: a quantile is as exact as that. */
const STEPS_PER_DOUBLING = 8;

export function noFigures(): Figures {
  return figuresSchema.parse({});
}

export function addRequest(sum: Figures, request: FoldedRequest): void {
  const { status, first_byte_ms: firstByteMs, decode_ms: decodeMs, output_tokens: outputTokens } = request;
  sum.requests += 1;
  if (status !== 'queued' && status !== 'running') sum[status] += 1;
  sum.prompt_tokens += request.prompt_tokens ?? 0;
  sum.output_tokens += outputTokens ?? 0;
  sum.queue_ms += request.queue_ms;
  sum.total_ms += request.total_ms;
  if ((request.load_ms ?? 0) > LEAST_LOAD_MS) sum.loads += 1;
  if (decodeMs !== undefined && outputTokens !== undefined) {
    sum.decode_ms += decodeMs;
    sum.decoded_tokens += outputTokens;
  }
  if (firstByteMs === undefined) return;
  const step = String(Math.max(0, Math.ceil(Math.log2(Math.max(firstByteMs, 1)) * STEPS_PER_DOUBLING)));
  sum.first_bytes[step] = (sum.first_bytes[step] ?? 0) + 1;
}

/** Adds `more` to `sum`. */
export function addFigures(sum: Figures, more: Figures): void {
  const { first_bytes: steps, ...amounts } = more;
  for (const [name, value] of Object.entries(amounts)) sum[name as keyof typeof amounts] += value;
  for (const [step, count] of Object.entries(steps)) sum.first_bytes[step] = (sum.first_bytes[step] ?? 0) + count;
}

/** As it is shown. `at`: when the period begins, RFC 3339. */
export function toTrend(at: string, figures: Figures): Trend {
  const { requests, completed, failed, cancelled, rejected, prompt_tokens, output_tokens, loads, online_minutes } = figures;
  const { queue_ms, total_ms, decode_ms, decoded_tokens, first_bytes } = figures;
  const trend: Trend = { at, requests, completed, failed, cancelled, rejected, prompt_tokens, output_tokens, loads, online_minutes };
  if (requests > 0) {
    trend.queue_mean_ms = rounded(queue_ms / requests);
    trend.total_mean_ms = rounded(total_ms / requests);
  }
  if (decode_ms > 0) trend.tokens_per_s = rounded((decoded_tokens * 1000) / decode_ms);
  const steps = Object.entries(first_bytes)
    .map(([step, count]) => [Number(step), count] as const)
    .sort(([one], [other]) => one - other);
  if (steps.length > 0) {
    trend.first_byte_p50_ms = quantile(steps, 0.5);
    trend.first_byte_p90_ms = quantile(steps, 0.9);
    trend.first_byte_p99_ms = quantile(steps, 0.99);
  }
  return trend;
}

/** The upper end of the step in which the quantile lies. */
function quantile(steps: readonly (readonly [step: number, count: number])[], share: number): number {
  const total = steps.reduce((sum, [, count]) => sum + count, 0);
  let upTo = 0;
  for (const [step, count] of steps) {
    upTo += count;
    if (upTo >= share * total) return rounded(2 ** (step / STEPS_PER_DOUBLING));
  }
  return 0;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
