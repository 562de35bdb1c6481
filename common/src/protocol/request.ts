import { z } from 'zod';

export const operationSchema = z.enum(['chat', 'generate', 'embed', 'respond', 'transcribe', 'image']);
export type Operation = z.infer<typeof operationSchema>;

/** Shape in which the caller spoke, and in which it is answered, errors included. */
export const apiShapeSchema = z.enum(['ollama', 'openai', 'anthropic']);
export type ApiShape = z.infer<typeof apiShapeSchema>;

/** queued and running are live; every accepted request ends in exactly one of the others. */
export const requestStatusSchema = z.enum(['queued', 'running', 'completed', 'failed', 'cancelled', 'rejected']);
export type RequestStatus = z.infer<typeof requestStatusSchema>;

/** One request as the history keeps it. Times are RFC 3339, durations milliseconds. */
export const requestSchema = z.object({
  id: z.string(),
  status: requestStatusSchema,
  received_at: z.string(),
  path: z.string(),
  api: apiShapeSchema,
  operation: operationSchema,
  model: z.string(),
  /** The runner that it needs, where that is not the model's name alone: model and load options. */
  signature: z.string().optional(),
  caller: z.string(),
  /** As the caller named it (x-coordinator-session). */
  session: z.string().optional(),
  stream: z.boolean(),
  replica: z.string(),
  agent_id: z.string().optional(),
  agent_name: z.string().optional(),
  why: z.string().optional(),
  attempts: z.number().int(),
  /** Agents that continued the stream after the first one went away; absent = none. */
  handovers: z.number().int().optional(),
  queue_ms: z.number(),
  /** Of a queued request, when it came: 1 for the next in its line. */
  queue_position: z.number().int().optional(),
  /** Of a queued request, when it came. */
  expected_wait_ms: z.number().optional(),
  first_byte_ms: z.number().optional(),
  /** What was expected of `first_byte_ms` and `total_ms` when the last agent was chosen. */
  predicted_first_byte_ms: z.number().optional(),
  predicted_total_ms: z.number().optional(),
  total_ms: z.number(),
  load_ms: z.number().optional(),
  prefill_ms: z.number().optional(),
  decode_ms: z.number().optional(),
  prompt_tokens: z.number().int().optional(),
  output_tokens: z.number().int().optional(),
  http_status: z.number().int(),
  error_code: z.string().optional(),
});
export type Request = z.infer<typeof requestSchema>;
