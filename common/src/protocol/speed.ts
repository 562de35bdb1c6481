import { z } from 'zod';
import { agentIdSchema } from './primitives.js';

const figure = z.number().nonnegative();

/** What is expected of an agent with a model that it has on disk: one request alone, without a warm prefix. */
export const agentSpeedSchema = z.object({
  agent_id: agentIdSchema,
  agent_name: z.string(),
  model: z.string(),
  load_s: figure,
  prefill_tokens_per_s: figure,
  decode_tokens_per_s: figure,
  /** n answers at once: each has decode_tokens_per_s ÷ (1 + slowdown × (n − 1)). */
  decode_slowdown: figure,
  /** Whether each figure was measured, here or on agents like it, or is a guess from sizes. */
  learned: z.object({ load: z.boolean(), prefill: z.boolean(), decode: z.boolean() }),
});
export type AgentSpeed = z.infer<typeof agentSpeedSchema>;

/** Answer to `GET /api/coordinator/speeds`. */
export const speedsSchema = z.object({ speeds: z.array(agentSpeedSchema) });
