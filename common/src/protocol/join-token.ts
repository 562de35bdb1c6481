import { z } from 'zod';
import { httpUrl } from '../config/leaf-schemas.js';
import { momentTextSchema } from './api-key.js';
import { displayNameSchema } from './primitives.js';

/** Body of `POST /api/coordinator/join-tokens`. */
export const createJoinTokenSchema = z.strictObject({
  name: displayNameSchema,
  /** How many agents may join with it; null = any number. */
  uses: z.number().int().min(1).max(10_000).nullable().default(1),
  expires_at: momentTextSchema.optional(),
  /** Whether an administrator must approve each agent that joins with it. */
  approve: z.boolean().default(false),
  /** Address of the coordinator for the link, as the machines that join reach it. Default: where the request came in, or where this one listens. */
  coordinator_url: httpUrl.optional(),
});
export type CreateJoinToken = z.infer<typeof createJoinTokenSchema>;

/** One entry of `GET /api/coordinator/join-tokens`: everything but the token itself. Times are RFC 3339. */
export const joinTokenInfoSchema = z.object({
  id: z.string(),
  name: displayNameSchema,
  uses: z.number().int().nullable(),
  used: z.number().int(),
  expires_at: z.string().optional(),
  approve: z.boolean(),
  created_at: z.string(),
  revoked_at: z.string().optional(),
});
export type JoinTokenInfo = z.infer<typeof joinTokenInfoSchema>;

/** Answer to `POST /api/coordinator/join-tokens`: the one time that the token is seen. */
export const createdJoinTokenSchema = joinTokenInfoSchema.extend({
  token: z.string(),
  /** For `ollama-agent join`; see parseJoinLink(). */
  link: z.string(),
});
export type CreatedJoinToken = z.infer<typeof createdJoinTokenSchema>;
