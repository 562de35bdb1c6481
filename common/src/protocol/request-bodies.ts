import { z } from 'zod';

/** One body as it is kept: redacted, and cut where it was too long. */
const keptBodySchema = z.object({
  text: z.string(),
  /** Of the body as it came or went. */
  bytes: z.number().int(),
  truncated: z.boolean(),
});
export type KeptBody = z.infer<typeof keptBodySchema>;

/** What was asked and answered, where that is kept: `GET /api/coordinator/requests/{id}/bodies`. */
export const requestBodiesSchema = z.object({
  id: z.string(),
  /** RFC 3339. */
  kept_at: z.string(),
  request: keptBodySchema,
  /** What the caller was sent; of a stream its text. */
  answer: keptBodySchema,
  /** Places in both that a rule of redaction took out. */
  redactions: z.number().int(),
});
export type RequestBodies = z.infer<typeof requestBodiesSchema>;
