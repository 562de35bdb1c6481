import { z } from 'zod';
import { agentIdSchema, bytesSchema, displayNameSchema } from './primitives.js';
import { certificateSchema } from './registration.js';

/** Names a job on the wire, in Redis keys and in URLs. */
export const jobIdSchema = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1–64 letters, digits or dashes');

/** As Ollama names a model's digest: 64 hex digits, without the algorithm. */
export const modelDigestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');
export const modelReferenceSchema = z.string().min(1).max(512);

/** An agent that has the model, and the right to read it there. */
export const copySourceSchema = z.object({
  agent_id: agentIdSchema,
  name: displayNameSchema,
  /** As `http://10.0.0.7:11435`. */
  address: z.url(),
  /** SHA-256 of the certificate that it serves with; absent: plain HTTP. */
  certificate: certificateSchema.optional(),
  /** Good for this one manifest at that agent. */
  token: z.string().max(4096),
});
export type CopySource = z.infer<typeof copySourceSchema>;

/**
 * Body of `POST /agent/transfers`: brings a model onto the agent's disk. A job that asks again joins its transfer, running or
 * ended, so that a coordinator that takes a job over repeats nothing.
 */
export const transferRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pull'), job: jobIdSchema, model: modelReferenceSchema, insecure: z.boolean().default(false) }),
  /** From another agent, byte for byte: the model then has the digest that it has there. */
  z.object({
    kind: z.literal('copy'),
    job: jobIdSchema,
    model: modelReferenceSchema,
    digest: modelDigestSchema,
    sources: z.array(copySourceSchema).min(1).max(8),
  }),
]);
export type TransferRequest = z.infer<typeof transferRequestSchema>;

export const transferPhaseSchema = z.enum(['manifest', 'pulling', 'verifying', 'writing']);
export type TransferPhase = z.infer<typeof transferPhaseSchema>;

/** The answer: NDJSON records, a ping each second while nothing else is to be said, `done` or `failed` last. */
export const transferRecordSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: transferPhaseSchema }),
  z.object({ type: z.literal('layer'), digest: z.string().max(128), total: bytesSchema, completed: bytesSchema }),
  z.object({ type: z.literal('ping') }),
  z.object({
    type: z.literal('done'),
    /** What Ollama lists for the model afterwards. */
    digest: z.string().max(128),
    size_bytes: bytesSchema,
  }),
  z.object({
    type: z.literal('failed'),
    code: z.string().max(64),
    message: z.string().max(4096),
    /** Whether the same may succeed a little later. */
    retryable: z.boolean(),
  }),
]);
export type TransferRecord = z.infer<typeof transferRecordSchema>;
export type TransferOutcome = Extract<TransferRecord, { type: 'done' | 'failed' }>;

/** Who a token names as its issuer that lets one agent read one model at another, and nothing else. */
export const COPY_ISSUER = 'ollama-coordinator/copy';

/** How often a transfer says that it lives, and the silence after which its follower takes the connection for dead. Milliseconds. */
export const TRANSFER_PING_MS = 1000;
export const TRANSFER_SILENCE_MS = 5000;
