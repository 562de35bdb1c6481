import { z } from 'zod';
import { ollamaSetupSchema } from './ollama-setup.js';
import { pauseSchema } from './pause.js';
import { keptModelSchema } from './placement.js';
import { agentIdSchema, bytesSchema, countSchema, PROTOCOL_VERSION, ratioSchema, wordOf } from './primitives.js';
import { modelSchema, runnerSchema } from './runner.js';

/** More coordinators than a fleet has. */
const MOST_REPLICAS = 1024;

export const gpuMetricsSchema = z.object({
  name: z.string().max(128).default(''),
  /** Busy share, 0 to 1. */
  load: ratioSchema.optional(),
  vram_bytes: bytesSchema.optional(),
  vram_used_bytes: bytesSchema.optional(),
  temperature_c: z.number().min(-50).max(200).optional(),
});

/** What the machine reports of itself. A value that is absent was not measured; it is never taken for zero. */
export const healthMetricsSchema = z.object({
  /** Busy share of all cores, 0 to 1. */
  cpu: ratioSchema.optional(),
  /** Share of memory that is not available, 0 to 1. */
  memory: ratioSchema.optional(),
  memory_bytes: bytesSchema.optional(),
  memory_used_bytes: bytesSchema.optional(),
  disk_free_bytes: bytesSchema.optional(),
  gpus: z.array(gpuMetricsSchema).max(32).default([]),
});
export type HealthMetrics = z.infer<typeof healthMetricsSchema>;

/** What an agent says of itself: it wants requests, it wants none, or it cannot serve any. */
export const agentStateSchema = wordOf(['ready', 'draining', 'paused', 'ollama_down'], 'paused');
export type AgentState = z.infer<typeof agentStateSchema>;

/** Body of `POST /api/health`, and the payload of the heartbeat stream. */
export const healthCheckRequestSchema = z.object({
  protocol_version: z.number().int().min(0).default(PROTOCOL_VERSION),
  agent_id: agentIdSchema,
  incarnation: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).default(0),
  /** Grows by one with each heartbeat of an incarnation. */
  sequence: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).default(0),
  state: agentStateSchema.default('ready'),
  /** Why it is paused; absent where it is not. */
  pause: pauseSchema.optional(),
  /** Requests that the agent works on, by the replica that sent them. */
  in_flight: z
    .record(z.string().max(64), countSchema)
    .refine((replicas) => Object.keys(replicas).length <= MOST_REPLICAS, `at most ${MOST_REPLICAS} replicas`)
    .default({}),
  runners: z.array(runnerSchema).max(256).default([]),
  /** Changes when the list of models on disk changes. */
  models_digest: z.string().max(128).default(''),
  /** The list itself, sent when it changed and whenever the coordinator asks; else absent. */
  models: z.array(modelSchema).max(10_000).optional(),
  /** OLLAMA_MAX_LOADED_MODELS, where it is known. */
  max_runners: countSchema.min(1).optional(),
  /** VRAM that runners may take together, in bytes, where it is known. */
  max_runner_bytes: bytesSchema.optional(),
  /** What it keeps in memory on the coordinator's word; absent where the agent knows of no such thing. */
  kept: z.array(keptModelSchema).max(256).optional(),
  metrics: healthMetricsSchema.default({ gpus: [] }),
  /** While the agent sets Ollama up; else absent. */
  ollama_setup: ollamaSetupSchema.optional(),
  ollama: z.object({ version: z.string().max(64).default(''), up: z.boolean() }).default({ version: '', up: true }),
});
export type HealthCheckRequest = z.infer<typeof healthCheckRequestSchema>;

/** Answer to a heartbeat. */
export const healthCheckResponseSchema = z.object({
  status: wordOf(['ok'], 'ok'),
  /** True when the coordinator does not have the model list for `models_digest`: the next heartbeat carries it. */
  send_models: z.boolean().default(false),
  /** What an operator decided: the agent is being drained. */
  draining: z.boolean().default(false),
  /** It gets nothing until an administrator approves it. */
  waiting: z.boolean().default(false),
});
export type HealthCheckResponse = z.infer<typeof healthCheckResponseSchema>;
