import { z } from 'zod';
import { agentIdSchema, bytesSchema, displayNameSchema } from './primitives.js';
import { jobIdSchema, modelDigestSchema, modelReferenceSchema, transferPhaseSchema } from './transfer.js';

/** copy: under a second name. preload: into memory. placement: onto the disk and, where asked, into memory. sync: one digest at all holders. */
export const jobKindSchema = z.enum(['pull', 'copy', 'delete', 'preload', 'placement', 'sync']);
export type JobKind = z.infer<typeof jobKindSchema>;

/** retrying: failed, and waits for its next try. The last three are final. */
export const jobStateSchema = z.enum(['waiting', 'active', 'retrying', 'completed', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobStateSchema>;

/**
 * Which agents: `all` that serve, a number of them, names, or labels: `"all"`, `2`, `"one,two"`, `["one", "two"]`, `"gpu=4090,room=lab"`.
 * The header `x-coordinator-agents` has the same meaning.
 */
export const agentsChoiceSchema = z.union([
  z.string().min(1).max(4096),
  z.number().int().min(1).max(10_000),
  z.array(z.string().min(1)).min(1).max(1000),
]);
export type AgentsChoice = z.infer<typeof agentsChoiceSchema>;

/** auto: from another agent as far as possible, and what the registry has. fleet: only what some agent has. registry: each by itself. */
export const modelSourceSchema = z.enum(['auto', 'fleet', 'registry']);
export type ModelSource = z.infer<typeof modelSourceSchema>;

/** Body of `POST /api/coordinator/jobs`. Without `agents` the kind's default holds; see the documents. */
export const jobRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('pull'),
    model: modelReferenceSchema,
    agents: agentsChoiceSchema.optional(),
    source: modelSourceSchema.default('auto'),
    insecure: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('copy'),
    model: modelReferenceSchema,
    destination: modelReferenceSchema,
    agents: agentsChoiceSchema.optional(),
  }),
  z.strictObject({ kind: z.literal('delete'), model: modelReferenceSchema, agents: agentsChoiceSchema.optional() }),
  z.strictObject({ kind: z.literal('preload'), model: modelReferenceSchema, agents: agentsChoiceSchema.optional() }),
  z.strictObject({
    kind: z.literal('placement'),
    model: modelReferenceSchema,
    agents: agentsChoiceSchema.optional(),
    /** Into memory as well. */
    loaded: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('sync'),
    model: modelReferenceSchema,
    /** Default: that of the copy changed last. */
    digest: modelDigestSchema.optional(),
  }),
]);
export type JobRequest = z.infer<typeof jobRequestSchema>;

export const jobPartSchema = z.object({
  agent_id: agentIdSchema,
  agent: displayNameSchema,
  state: z.enum(['waiting', 'active', 'completed', 'failed']),
  /** `registry`, or the name of the agent that the bytes come from. */
  source: z.string().max(128).optional(),
  phase: transferPhaseSchema.optional(),
  /** Bytes of each of the job's layers that this agent has. */
  completed: z.array(bytesSchema),
  /** Of the model that it has in the end. */
  digest: z.string().max(128).optional(),
  error: z.string().max(4096).optional(),
  error_code: z.string().max(64).optional(),
  /** Whether a further try may mend it. */
  retryable: z.boolean().optional(),
});
export type JobPart = z.infer<typeof jobPartSchema>;

/** What a job has done so far; whoever takes it over goes on from here. */
export const jobProgressSchema = z.object({
  /** Layers of the model, in the order in which they were first heard of. */
  layers: z.array(z.object({ digest: z.string().max(128), total: bytesSchema })),
  parts: z.array(jobPartSchema),
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

/** One job, as `/api/coordinator/jobs` shows it. Times are RFC 3339. */
export const jobSchema = z.object({
  id: jobIdSchema,
  kind: jobKindSchema,
  model: z.string(),
  state: jobStateSchema,
  caller: z.string(),
  /** Runs it, or ran it last. */
  replica: z.string().optional(),
  created_at: z.string(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  /** Tries so far, and at most. */
  attempts: z.number().int(),
  max_attempts: z.number().int(),
  /** Over all agents; grows as layers become known. */
  total_bytes: bytesSchema,
  completed_bytes: bytesSchema,
  error: z.string().optional(),
  ...jobProgressSchema.shape,
});
export type Job = z.infer<typeof jobSchema>;
