import { z } from 'zod';
import { displayNameSchema } from './primitives.js';

/** What a key lets its holder do; `admin` includes the others. */
export const keyScopeSchema = z.enum(['infer', 'read', 'operate', 'admin']);
export type KeyScope = z.infer<typeof keyScopeSchema>;

const pattern = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');
const patternsSchema = z.array(pattern).min(1).max(64);
const most = (limit: number) => z.number().int().min(1).max(limit);

/** Bounds of what a key may use, over all replicas. An absent one does not bound. */
export const keyLimitsSchema = z.object({
  requests_per_minute: most(10_000_000).optional(),
  /** Prompt and answer together; charged when the answer's counts are known. */
  tokens_per_minute: most(1_000_000_000).optional(),
  tokens_per_day: most(1_000_000_000_000).optional(),
  /** Requests in flight at the same time. */
  concurrency: most(100_000).optional(),
});
export type KeyLimits = z.infer<typeof keyLimitsSchema>;

const scopesSchema = z.array(keyScopeSchema).min(1).max(4);
/** A time in RFC 3339, or a date. */
export const momentTextSchema = z
  .string()
  .max(40)
  .refine((text) => Number.isFinite(Date.parse(text)), 'must be a time like 2027-01-31T12:00:00Z');

/** Body of `POST /api/coordinator/keys`. */
export const createKeySchema = z.strictObject({
  name: displayNameSchema,
  scopes: scopesSchema.default(['infer']),
  /** Models it may use, as `llama3*`; absent = every model. */
  models: patternsSchema.optional(),
  /** Agents it may use: names or ids, as `gpu-*`, or labels, as `room=lab`; absent = every agent. */
  agents: patternsSchema.optional(),
  expires_at: momentTextSchema.optional(),
  limits: keyLimitsSchema.strict().default({}),
});
export type CreateKey = z.infer<typeof createKeySchema>;

/** Body of `PATCH /api/coordinator/keys/:id`; null takes a bound away. */
export const patchKeySchema = z
  .strictObject({
    name: displayNameSchema,
    scopes: scopesSchema,
    models: patternsSchema.nullable(),
    agents: patternsSchema.nullable(),
    expires_at: momentTextSchema.nullable(),
    limits: keyLimitsSchema.strict(),
  })
  .partial();
export type PatchKey = z.infer<typeof patchKeySchema>;

/** One entry of `GET /api/coordinator/keys`: everything but the key itself. Times are RFC 3339. */
export const keyInfoSchema = z.object({
  id: z.string(),
  name: displayNameSchema,
  scopes: z.array(keyScopeSchema),
  models: z.array(z.string()).optional(),
  agents: z.array(z.string()).optional(),
  expires_at: z.string().optional(),
  limits: keyLimitsSchema,
  created_at: z.string(),
  revoked_at: z.string().optional(),
  /** Given by the configuration: it is changed there. */
  configured: z.boolean().optional(),
});
export type KeyInfo = z.infer<typeof keyInfoSchema>;

/** Answer to `POST /api/coordinator/keys`: the one time that the key is seen. */
export const createdKeySchema = keyInfoSchema.extend({ key: z.string() });
export type CreatedKey = z.infer<typeof createdKeySchema>;
