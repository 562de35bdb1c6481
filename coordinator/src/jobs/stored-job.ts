import {
  agentIdSchema,
  displayNameSchema,
  type Job,
  type JobProgress,
  type JobState,
  jobProgressSchema,
  jobRequestSchema,
} from '@ollama-coordinator/common';
import { z } from 'zod';

/** What is decided when a job is made, and never changes. */
export const jobDataSchema = z.object({
  request: jobRequestSchema,
  targets: z.array(z.object({ agent_id: agentIdSchema, agent: displayNameSchema })),
  caller: z.string(),
});
export type JobData = z.infer<typeof jobDataSchema>;

/** A job as the queue keeps it. Times are milliseconds since 1970. */
export interface StoredJob {
  readonly id: string;
  readonly data: JobData;
  readonly progress: JobProgress;
  readonly state: JobState;
  /** Runs it, or ran it last. */
  readonly replica: string | undefined;
  /** Tries that were begun. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly createdMs: number;
  readonly startedMs: number | undefined;
  readonly endedMs: number | undefined;
  /** Why the last try failed. */
  readonly error: string | undefined;
}

/** Before the job has run. */
export function initialProgress({ targets }: Pick<JobData, 'targets'>): JobProgress {
  return { layers: [], parts: targets.map((target) => ({ ...target, state: 'waiting', completed: [] })) };
}

/** The checkpoint that was stored, or the beginning where there is none yet. */
export function parseProgress(stored: unknown, data: JobData): JobProgress {
  const parsed = jobProgressSchema.safeParse(stored);
  return parsed.success ? parsed.data : initialProgress(data);
}

export function toJob(stored: StoredJob): Job {
  const { id, data, progress, state, replica, attempts, maxAttempts, createdMs, startedMs, endedMs, error } = stored;
  const { layers, parts } = progress;
  const perAgent = layers.reduce((sum, { total }) => sum + total, 0);
  // A part that is complete has all of it, whether or not anything was fetched for that.
  const bytesOf = (part: JobProgress['parts'][number]) =>
    part.state === 'completed' ? perAgent : part.completed.reduce((sum, bytes) => sum + bytes, 0);
  const completedBytes = parts.reduce((sum, part) => sum + bytesOf(part), 0);
  return {
    id,
    kind: data.request.kind,
    model: data.request.model,
    state,
    caller: data.caller,
    ...(replica === undefined ? {} : { replica }),
    created_at: timeOf(createdMs),
    ...(startedMs === undefined ? {} : { started_at: timeOf(startedMs) }),
    ...(endedMs === undefined ? {} : { ended_at: timeOf(endedMs) }),
    attempts,
    max_attempts: maxAttempts,
    total_bytes: perAgent * parts.length,
    completed_bytes: completedBytes,
    ...(error === undefined || state === 'completed' ? {} : { error }),
    layers,
    parts,
  };
}

export function isFinal(state: JobState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
