import { z } from 'zod';
import { momentTextSchema } from './api-key.js';
import { wordOf } from './primitives.js';

/** Who or what has an agent rest: its owner, the hours that its owner set, the battery, or another program on the graphics card. */
export const PAUSE_CAUSES = ['owner', 'schedule', 'battery', 'gpu'] as const;

/** Why an agent takes no requests for now, beside the state `paused`. It finishes what runs, and comes back by itself. */
export const pauseSchema = z.object({
  by: wordOf(PAUSE_CAUSES, 'owner'),
  /** When it ends, RFC 3339; absent where that is not known. */
  until: momentTextSchema.optional(),
  /** For people, in the time zone of the agent's machine: `paused by its owner until 18:00`. */
  text: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
});
export type Pause = z.infer<typeof pauseSchema>;
