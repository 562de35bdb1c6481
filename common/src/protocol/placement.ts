import { z } from 'zod';
import { displayNameSchema, labelsSchema } from './primitives.js';
import { modelReferenceSchema } from './transfer.js';

/** Names a placement in URLs and in Redis. */
export const placementIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1–64 small letters, digits, dots, dashes or underscores');

const rules = {
  model: modelReferenceSchema,
  /** On how many agents; `all`: on each that the labels choose. */
  replicas: z.union([z.literal('all'), z.number().int().min(1).max(10_000)]).default(1),
  /** Only agents with these labels. */
  labels: labelsSchema.default({}),
  /** In memory, not only on disk. Default: what is pinned is loaded, else not. */
  loaded: z.boolean().optional(),
  /** In memory, and never to give way to another model there. */
  pinned: z.boolean().default(false),
};

/** Body of `PUT /api/coordinator/placements/:id`, and with an id of `POST /api/coordinator/placements`: a policy that so many agents have a model. */
export const placementRulesSchema = z.strictObject(rules);
export type PlacementRules = z.infer<typeof placementRulesSchema>;
export const createPlacementSchema = z.strictObject({
  /** Default: made of the model's name. */
  id: placementIdSchema.optional(),
  ...rules,
});

/** How far a placement is. short: there are not enough agents for it, `why` says what they lack. */
export const placementStateSchema = z.object({
  id: placementIdSchema,
  state: z.enum(['met', 'working', 'short']),
  /** How many agents it wants. */
  wanted: z.number().int(),
  /** Which were chosen, and which of them have the model on disk, and in memory. */
  agents: z.array(displayNameSchema),
  on_disk: z.array(displayNameSchema),
  loaded: z.array(displayNameSchema),
  why: z.string().optional(),
});
export type PlacementState = z.infer<typeof placementStateSchema>;

/** A policy and how far it is, as `/api/coordinator/placements` shows it. */
export const placementSchema = z.object({
  id: placementIdSchema,
  ...rules,
  loaded: z.boolean(),
  created_at: z.string(),
  caller: z.string(),
  status: placementStateSchema,
});
export type PlacementView = z.infer<typeof placementSchema>;

/** A model that an agent keeps in memory. A pinned one gives way to nothing. */
export const keptModelSchema = z.object({ model: z.string().min(1).max(256), pinned: z.boolean() });
export type KeptModel = z.infer<typeof keptModelSchema>;
/** Body of `PUT /agent/kept`: replaces what the agent kept before. */
export const keptSchema = z.object({ kept: z.array(keptModelSchema).max(256) });
