import { z } from 'zod';
import { wordOf } from './primitives.js';

/** A request that waits. Milliseconds. */
const queuedRequestSchema = z.object({
  id: z.string(),
  caller: z.string(),
  priority: wordOf(['interactive', 'batch'], 'batch'),
  /** In its line; 1 for the next. */
  position: z.number().int(),
  waited_ms: z.number(),
  expected_wait_ms: z.number(),
});

/** One line of one replica: what waits there for one runner, under one set of rules. */
const queueLineSchema = z.object({
  line: z.string(),
  model: z.string(),
  signature: z.string(),
  /** All of them; `requests` may hold the first ones only. */
  waiting: z.number().int(),
  oldest_ms: z.number(),
  /** Of a request that would come next. */
  expected_wait_ms: z.number(),
  /** `share`: the caller's part of what the line was served. */
  callers: z.array(z.object({ caller: z.string(), waiting: z.number().int(), share: z.number() })),
  requests: z.array(queuedRequestSchema),
});
export type QueueLine = z.infer<typeof queueLineSchema>;

/** What waits at one replica, as it tells the others. */
export const replicaQueueSchema = z.object({
  replica: z.string(),
  waiting: z.number().int(),
  limit: z.number().int(),
  lines: z.array(queueLineSchema),
});
export type ReplicaQueue = z.infer<typeof replicaQueueSchema>;

/** What waits at all replicas: `GET /api/coordinator/queue`. */
export interface Queue {
  /** The one that answers. */
  readonly replica: string;
  readonly waiting: number;
  /** How many may wait at all replicas together. */
  readonly limit: number;
  readonly replicas: readonly { readonly replica: string; readonly waiting: number; readonly limit: number }[];
  readonly lines: readonly (QueueLine & { readonly replica: string })[];
}
