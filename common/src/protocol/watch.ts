import { z } from 'zod';
import { agentStateSchema } from './heartbeat.js';
import { pauseSchema } from './pause.js';
import { keptModelSchema } from './placement.js';
import { bytesSchema, countSchema } from './primitives.js';
import { runnerSchema } from './runner.js';

/**
 * The watch: `GET /agent/watch` on the agent, held open by each coordinator replica; NDJSON records, agent to coordinator.
 * A `state` record comes first and after every change of slots or runners, a `ping` each second.
 */
export const WATCH_PING_MS = 1000;
/** Silence after which the agent is suspect. */
export const WATCH_SILENCE_MS = 3000;
/** How long a granted slot is kept for the replica it was granted to. */
export const GRANT_LEASE_MS = 50;

export const watchRecordSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('state'),
    sequence: z.number().int().nonnegative(),
    state: agentStateSchema,
    pause: pauseSchema.optional(),
    in_flight: z.record(z.string(), countSchema),
    runners: z.array(runnerSchema),
    max_runners: countSchema.min(1).optional(),
    max_runner_bytes: bytesSchema.optional(),
    kept: z.array(keptModelSchema).max(256).optional(),
  }),
  z.object({ type: z.literal('ping') }),
  /** A slot for `signature` is kept for the watching replica for `lease_ms`: send a request with header x-coordinator-grant: `grant_id`. */
  z.object({ type: z.literal('grant'), grant_id: z.string(), signature: z.string(), lease_ms: z.number() }),
  /** The agent is about to stop; nothing must be sent to it any more. */
  z.object({ type: z.literal('leaving') }),
]);
export type WatchRecord = z.infer<typeof watchRecordSchema>;

/**
 * Body of `PUT /agent/wants`: for which signatures the calling replica has waiting requests, replacing what it said before.
 * When a slot becomes free, the agent grants it to the want with the lowest (priority, virtual_time).
 */
export const wantsSchema = z.object({
  wants: z
    .array(
      z.object({
        signature: z.string().min(1).max(512),
        /** Rank of the waiting request that is next: 0 = interactive, 1 = batch. */
        priority: z.number().int().min(0).max(9),
        /** Virtual time of that request's caller in this replica's fair queue; lower is served first. */
        virtual_time: z.number(),
        waiting: countSchema,
        /** How long that request has waited. */
        waited_ms: z.number().nonnegative().default(0),
        /** Signatures of runners that should make room where a load needs some, the first one first. */
        evict: z.array(z.string().max(512)).max(64).default([]),
      }),
    )
    .max(1000),
});
export type Wants = z.infer<typeof wantsSchema>;
/** As it is written: what an agent one version older does not know may be left out. */
export type WantsInput = z.input<typeof wantsSchema>;

/** Headers between coordinator and agent on each forwarded request, and on the agent's answers. */
export const FORWARD_HEADERS = {
  requestId: 'x-coordinator-request-id',
  attempt: 'x-coordinator-attempt',
  signature: 'x-coordinator-signature',
  grant: 'x-coordinator-grant',
  /** Signatures, separated by commas, of runners that should make room where a load needs some, the first one first. */
  evict: 'x-coordinator-evict',
  /** On a 503 of the agent's gate: no slot was free, Ollama saw nothing. */
  busy: 'x-agent-busy',
  /** On an error that the agent made itself, the error's code. */
  error: 'x-agent-error',
} as const;
