import { z } from 'zod';
import { bytesSchema, countSchema } from './primitives.js';
import { operationSchema, requestSchema } from './request.js';

const durationMs = z.number().nonnegative();

/** What was expected of an attempt when it was given to its agent. Milliseconds from then on, and tokens. */
export const predictionSchema = z.object({
  load_ms: durationMs,
  prefill_ms: durationMs,
  decode_ms: durationMs,
  /** Until the first byte: load, prefill, and what the agent usually adds. */
  first_byte_ms: durationMs,
  total_ms: durationMs,
  prompt_tokens: durationMs,
  output_tokens: durationMs,
});
export type Prediction = z.infer<typeof predictionSchema>;

/** How an attempt ended that reached an Ollama. */
export const attemptOutcomeSchema = z.enum(['completed', 'failed', 'cancelled']);
export type AttemptOutcome = z.infer<typeof attemptOutcomeSchema>;

/**
 * One attempt that reached an Ollama, as the requests stream carries it beside the request's outcome. Durations are
 * milliseconds; a figure that nobody measured is absent. From these records the coordinators learn how fast agents are.
 */
export const attemptSchema = z.object({
  request_id: z.string().max(64),
  /** 1 for the first agent that received the request. */
  attempt: z.number().int().min(1).max(1000),
  /** When it ended, RFC 3339. */
  at: z.string(),
  replica: z.string(),
  agent_id: z.string().max(64),
  agent_name: z.string(),
  model: z.string().max(256),
  digest: z.string().max(128).default(''),
  signature: z.string().max(512),
  operation: operationSchema,
  caller: z.string().max(256),
  stream: z.boolean(),
  outcome: attemptOutcomeSchema,
  /** It went on with a stream that another agent had begun. */
  continues: z.literal(true).optional(),
  body_bytes: bytesSchema,
  /** Most tokens that the request asked for (num_predict, max_tokens). */
  output_limit: z.number().int().positive().optional(),
  /** The runner as the coordinator knew it when the attempt began: loaded or not. */
  runner: z.enum(['absent', 'loading', 'ready', 'unloading']),
  /** Requests in flight on that runner when the attempt began, this one not counted. */
  in_flight: countSchema,
  /** The same when it ended. */
  in_flight_after: countSchema.optional(),
  /** Tokens at the beginning of the prompt that the runner was thought to hold from an earlier request; absent = not looked at. */
  warm_tokens: z.number().nonnegative().optional(),
  /** Hashes of the prompt's leading blocks, where the balancer asks for them. */
  prefix: z.array(z.string().max(32)).max(64).optional(),
  /** Of the model on disk, and of all GPUs together. */
  model_bytes: bytesSchema.optional(),
  vram_bytes: bytesSchema.optional(),
  prompt_tokens: countSchema.optional(),
  output_tokens: countSchema.optional(),
  /** By Ollama's final record. */
  load_ms: durationMs.optional(),
  prefill_ms: durationMs.optional(),
  decode_ms: durationMs.optional(),
  /** By the coordinator's clock, from the moment the slot was taken. */
  first_byte_ms: durationMs.optional(),
  total_ms: durationMs,
  /** Pieces in which the answer came; Ollama sends a token in each. */
  chunks: countSchema.optional(),
  predicted: predictionSchema.optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** Answer to `GET /api/coordinator/requests/:id`: a request that is over, with each of its attempts, the first one first. */
export const requestDetailSchema = requestSchema.extend({ tries: z.array(attemptSchema) });
export type RequestDetail = z.infer<typeof requestDetailSchema>;
