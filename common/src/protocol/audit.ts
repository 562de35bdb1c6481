import { z } from 'zod';

/** Something that somebody changed, or tried to change, at the coordinator. */
export const auditEntrySchema = z.object({
  /** Stream id; grows. */
  id: z.string(),
  /** RFC 3339. */
  at: z.string(),
  /** Name of the key, or the address of an open coordinator's caller. */
  actor: z.string(),
  key_id: z.string().optional(),
  /** What was done, as the route table calls it: `createKey`, `drainAgent` … */
  action: z.string(),
  /** What it was done to, where that is known. */
  target: z.string().optional(),
  /** What more there is to say, never a secret. */
  detail: z.string().optional(),
  method: z.string(),
  path: z.string(),
  http_status: z.number().int(),
  /** Where the request came from. */
  address: z.string(),
  request_id: z.string(),
  replica: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
