import { z } from 'zod';
import { bytesSchema, countSchema, wordOf } from './primitives.js';

export const runnerStateSchema = wordOf(['loading', 'ready', 'unloading'], 'loading');

/** A model that an agent's Ollama holds in memory, with the options it was loaded with. */
export const runnerSchema = z.object({
  model: z.string().min(1).max(256),
  /** See runnerSignature(); where the load options are not known it is the model's name alone. */
  signature: z.string().min(1).max(512),
  digest: z.string().max(128).default(''),
  state: runnerStateSchema.default('ready'),
  /** Requests that it answers at the same time (OLLAMA_NUM_PARALLEL). */
  slots: countSchema.min(1).default(1),
  in_flight: countSchema.default(0),
  size_bytes: bytesSchema.default(0),
  vram_bytes: bytesSchema.default(0),
  context_length: countSchema.optional(),
  /** When Ollama will unload it, in Ollama's own words (RFC 3339, that machine's clock): to be shown, not compared with our clock. */
  expires_at: z.string().max(64).optional(),
});
export type RunnerReport = z.infer<typeof runnerSchema>;

/** A model that an agent has on disk, as /api/tags lists it. */
export const modelSchema = z.object({
  /** As its Ollama shows it, case included. */
  name: z.string().min(1).max(256),
  digest: z.string().max(128).default(''),
  size_bytes: bytesSchema.default(0),
  modified_at: z.string().max(64).default(''),
  /** Ollama's own description (family, parameter_size, quantization_level …), passed on as it is. */
  details: z.record(z.string().max(64), z.unknown()).optional(),
  /** What newer Ollamas list beside it. */
  capabilities: z.array(z.string().max(64)).max(64).optional(),
  remote_model: z.string().max(256).optional(),
  remote_host: z.string().max(256).optional(),
});
export type ModelReport = z.infer<typeof modelSchema>;
