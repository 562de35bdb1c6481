import { z } from 'zod';
import { agentIdSchema, countSchema, displayNameSchema, labelsSchema, PROTOCOL_VERSION, portSchema, wordOf } from './primitives.js';

export const TRANSPORTS = ['auto', 'direct', 'tunnel'] as const;
export const transportSchema = wordOf(TRANSPORTS, 'auto');

/** What an Ollama is told from others by; see `ollamaIdOf()` of the agent. */
export const ollamaIdSchema = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits');

/** SHA-256 of a certificate. */
export const certificateSchema = z.string().regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/, 'must be a SHA-256 like AB:CD:…');

/** Body of `POST /api/agents/register`. */
export const registerRequestSchema = z.object({
  protocol_version: z.number().int().min(0).default(PROTOCOL_VERSION),
  /** The id that the agent keeps in its data folder. Without one, machine name + Ollama port name the agent. */
  agent_id: agentIdSchema.optional(),
  /** Grows with each start of the agent (milliseconds since 1970 at its start). The newest one is the agent. */
  incarnation: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).default(0),
  machine_name: displayNameSchema,
  /** Host name or IP address at which the coordinator reaches the agent. */
  ip_address: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[A-Za-z0-9.:[\]%_-]+$/, 'must be a host name or an IP address'),
  /** Port on which the agent listens. */
  port: portSchema,
  ollama_version: z.string().max(64).default(''),
  ollama_port: portSchema.default(11434),
  /** Stands for the Ollama: two agents that send the same are in front of the same one. Absent: not known. */
  ollama_id: ollamaIdSchema.optional(),
  transport: transportSchema.default('auto'),
  heartbeat_ms: z.number().int().min(100).max(60_000).default(5000),
  /** Requests that one runner answers at the same time. */
  slots: countSchema.min(1).default(1),
  labels: labelsSchema.default({}),
  join_token: z.string().max(512).optional(),
  /** SHA-256 of the certificate that the agent serves with, as `AB:CD:…`; absent: plain HTTP. Another certificate is not talked to. */
  certificate: certificateSchema.optional(),
  /** The agent keeps its credential over restarts: from then on its id is registered only with that shown as Bearer. */
  keeps_credential: z.boolean().default(false),
});
export type RegisterRequest = z.infer<typeof registerRequestSchema>;

/** Answer to it. */
export const registerResponseSchema = z.object({
  protocol_version: z.number().int().default(PROTOCOL_VERSION),
  agent_id: agentIdSchema,
  status: wordOf(['registered', 'updated'], 'updated'),
  /** Bearer of the agent's heartbeats; bound to its id and incarnation. */
  token: z.string(),
  /** The fleet's public Ed25519 key, raw, base64url: whoever calls the agent signs with its private half. */
  coordinator_key: z.string(),
  heartbeat_ms: z.number().int(),
  ttl_ms: z.number().int(),
  transport: wordOf(['direct', 'tunnel'], 'direct'),
  /** It gets nothing until an administrator approves it. */
  waiting: z.boolean().default(false),
  /** Names of other agents that are there and stand in front of the same Ollama. */
  shares_ollama_with: z.array(z.string()).default([]),
});
export type RegisterResponse = z.infer<typeof registerResponseSchema>;
