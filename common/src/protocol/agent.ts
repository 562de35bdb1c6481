import { z } from 'zod';
import { agentStateSchema, healthMetricsSchema } from './heartbeat.js';
import { ollamaSetupSchema } from './ollama-setup.js';
import { pauseSchema } from './pause.js';
import { keptModelSchema } from './placement.js';
import { agentIdSchema, bytesSchema, displayNameSchema, labelsSchema } from './primitives.js';
import { transportSchema } from './registration.js';
import { modelSchema, runnerSchema } from './runner.js';

/** joining: registered, no heartbeat yet. suspect: its watch is silent or broken. offline: no heartbeat within the TTL. */
export const agentStatusSchema = z.enum(['joining', 'online', 'suspect', 'draining', 'offline']);
export type AgentStatus = z.infer<typeof agentStatusSchema>;

/** One entry of `GET /api/agents`. Times are RFC 3339. */
export const agentSchema = z.object({
  id: agentIdSchema,
  name: displayNameSchema,
  machine_name: displayNameSchema,
  address: z.string(),
  status: agentStatusSchema,
  state: agentStateSchema.optional(),
  /** Why it is paused there; absent where it is not. */
  pause: pauseSchema.optional(),
  transport: transportSchema,
  ollama_version: z.string(),
  ollama_up: z.boolean().optional(),
  /** Equal to that of another agent where both stand in front of the same Ollama. */
  ollama_id: z.string().optional(),
  /** While the agent sets Ollama up there; else absent. */
  ollama_setup: ollamaSetupSchema.optional(),
  protocol_version: z.number().int(),
  incarnation: z.number().int(),
  labels: labelsSchema,
  tier: z.number().int(),
  weight: z.number(),
  slots: z.number().int(),
  in_flight: z.number().int(),
  /** Requests that the agent works on and no coordinator sent. */
  foreign: z.number().int(),
  models: z.array(modelSchema),
  runners: z.array(runnerSchema),
  /** VRAM that its runners may take together, where it is known. */
  max_runner_bytes: bytesSchema.optional(),
  /** Models that it keeps in memory by a placement. */
  kept: z.array(keptModelSchema).optional(),
  metrics: healthMetricsSchema,
  heartbeat_ms: z.number().int(),
  registered_at: z.string(),
  last_seen_at: z.string().optional(),
  /** waiting: gets nothing until an administrator approves it. revoked: its credential is, and it cannot come back. Else absent. */
  admission: z.enum(['waiting', 'revoked']).optional(),
});
export type Agent = z.infer<typeof agentSchema>;

/** Body of `PATCH /api/agents/:id`: what an operator may change. */
export const agentPatchSchema = z
  .strictObject({
    name: displayNameSchema,
    labels: labelsSchema,
    weight: z.number().min(0).max(1000),
    tier: z.number().int().min(0).max(100),
  })
  .partial();
export type AgentPatch = z.infer<typeof agentPatchSchema>;
