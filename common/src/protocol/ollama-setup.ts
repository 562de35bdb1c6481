import { z } from 'zod';
import { bytesSchema, wordOf } from './primitives.js';

/** What an agent is at while it brings Ollama to its machine, or a first model to Ollama. */
export const SETUP_STEPS = ['looking', 'downloading', 'verifying', 'unpacking', 'starting', 'pulling', 'failed'] as const;

const textSchema = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

/** How far the set-up of Ollama is on an agent's machine. What is absent is not known. */
export const ollamaSetupSchema = z.object({
  step: wordOf(SETUP_STEPS, 'looking'),
  /** What comes, for people: `Ollama 0.13.3`, `llama3.2:3b`. */
  what: textSchema.optional(),
  done_bytes: bytesSchema.optional(),
  total_bytes: bytesSchema.optional(),
  /** Of the last seconds. */
  bytes_per_s: bytesSchema.optional(),
  /** Seconds that the rest takes at this speed. */
  eta_s: z.number().min(0).optional(),
  /** Why the last try failed, and what helps, for people. */
  problem: textSchema.optional(),
});
export type OllamaSetup = z.infer<typeof ollamaSetupSchema>;
