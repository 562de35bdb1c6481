import { z } from 'zod';

/** What one key used of one model on one day (UTC), over all replicas. */
export const keyUsageSchema = z.object({
  key_id: z.string(),
  key_name: z.string(),
  model: z.string(),
  /** As `2026-11-27`. */
  day: z.string(),
  requests: z.number().int(),
  /** Of the requests, those that did not end well. */
  failed: z.number().int(),
  prompt_tokens: z.number().int(),
  output_tokens: z.number().int(),
});
export type KeyUsage = z.infer<typeof keyUsageSchema>;
