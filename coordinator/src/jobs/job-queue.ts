import { AppError, backoffDelayMs, type JobProgress, type JobState, type Logger, type Random } from '@ollama-coordinator/common';
import { connectRedis, type Redis } from '@ollama-coordinator/common/redis';
import { type Job as BullJob, Queue, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { isFinal, type JobData, jobDataSchema, parseProgress, type StoredJob } from './stored-job.js';

/** What the worker of this replica runs. Throws what ended the try; see JobEnd. */
export type RunStoredJob = (job: StoredJob, io: { readonly signal: AbortSignal; readonly save: SaveProgress }) => Promise<void>;
export type SaveProgress = (progress: JobProgress) => Promise<void>;

/** Thrown by a run that was interrupted and is to be taken up again, by this replica or another. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface JobQueueDeps {
  readonly redisUrl: string;
  /** BullMQ's keys begin with it; it holds the hash tag. */
  readonly prefix: string;
  readonly replicaId: string;
  readonly run: RunStoredJob;
  /** A job has reached a final state. Called on the replica that ran it. */
  readonly onEnded: (job: StoredJob) => void;
  /** Wait before the first repetition; it doubles up to a minute. */
  readonly retryMs: number;
  readonly random: Random;
  readonly log: Logger;
}

export type JobQueue = Awaited<ReturnType<typeof openJobQueue>>;

const QUEUE = 'jobs';
const MAX_ATTEMPTS = 5;
const MAX_RETRY_MS = 60_000;
const JITTER = 0.3;
const AT_ONCE = 16;
/** A replica that died loses its jobs after this long, and they are looked for that often: they go on elsewhere within some 15 s. */
const LOCK_MS = 10_000;
const LOOK_FOR_STALLED_MS = 5000;
const KEPT = { age: 7 * 24 * 3600, count: 1000 };
const COMMAND_TIMEOUT_MS = 2000;
/** Above the longest blocking read of a worker. */
const BLOCKING_TIMEOUT_MS = 15_000;
const NEVER = new AbortController().signal;
const LIVE = ['active', 'waiting', 'delayed'] as const;

/** BullMQ, with what it wants of connections and listeners. No type of its own leaves this file. */
export async function openJobQueue(deps: JobQueueDeps) {
  const { redisUrl: url, prefix, log } = deps;
  const commands = connectRedis({ url, role: 'jobs', log, commandTimeoutMs: COMMAND_TIMEOUT_MS });
  const working = connectRedis({ url, role: 'job-worker', log, blockingTimeoutMs: BLOCKING_TIMEOUT_MS });
  const queue = new Queue<unknown, void>(QUEUE, { connection: commands, prefix });
  queue.on('error', (error) => log.debug({ err: error }, 'the job queue failed'));
  const stopping = new AbortController();
  const worker = startWorker(deps, working, stopping.signal);

  /** The state first: a job that has ended by then is whole when it is read after. */
  async function get(id: string): Promise<StoredJob | undefined> {
    const state = await queue.getJobState(id);
    const job = await queue.getJob(id);
    return job && describe(job, state);
  }

  return {
    /** The job's id; another than the given one where the same job is under way already. Rejects while Redis is away. */
    async add(id: string, sameness: string, data: JobData): Promise<string> {
      const job = await queue.add(data.request.kind, data, {
        jobId: id,
        deduplication: { id: sameness },
        attempts: MAX_ATTEMPTS,
        backoff: { type: 'custom' },
        removeOnComplete: KEPT,
        removeOnFail: KEPT,
      });
      return job.id ?? id;
    },
    get,
    /** Live ones first, newest first in both. */
    async list(limit: number): Promise<readonly StoredJob[]> {
      const live = await queue.getJobs([...LIVE], 0, limit - 1, false);
      const ended = live.length < limit ? await queue.getJobs(['completed', 'failed'], 0, limit - live.length - 1, false) : [];
      const jobs = await Promise.all([...live, ...ended].map(({ id = '' }) => get(id)));
      return jobs.filter((job) => job !== undefined);
    },
    /** Has a job that waits for its next try begin at once. */
    async hurry(id: string): Promise<void> {
      const job = await queue.getJob(id);
      if (await job?.isDelayed()) await job?.promote();
    },
    /** Takes no more jobs; those that run here are interrupted, and go on at another replica or after the next start. */
    async close(): Promise<void> {
      stopping.abort();
      await worker.pause(true);
      worker.cancelAllJobs('stopping');
      await worker.close();
      await queue.close();
      working.disconnect();
      commands.disconnect();
    },
  };
}

/**
 * A paused worker still takes one job when the read that it blocks on returns. Where that happens while this replica stops, it is often the
 * very job that was just given back: it is given back again.
 */
function startWorker(deps: JobQueueDeps, connection: Redis, stopping: AbortSignal): Worker<unknown, void> {
  const { prefix, replicaId, run, onEnded, retryMs, random, log } = deps;
  const worker: Worker<unknown, void> = new Worker<unknown, void>(
    QUEUE,
    // BullMQ gives a signal to processors that name three parameters, none of them with a default.
    async (job, token, signal) => {
      const stored = describe(job, 'active');
      if (stored === undefined) throw new UnrecoverableError('the job cannot be read');
      try {
        if (stopping.aborted) throw new Interrupted();
        await run(stored, { signal: signal ?? NEVER, save: (progress) => job.updateProgress(progress) });
      } catch (failure) {
        if (failure instanceof Interrupted) {
          await job.moveToWait(token);
          throw new WaitingError();
        }
        const message = failure instanceof Error ? failure.message : String(failure);
        throw failure instanceof AppError && !failure.retryable ? new UnrecoverableError(message) : new Error(message);
      }
    },
    {
      connection,
      prefix,
      name: replicaId,
      concurrency: AT_ONCE,
      lockDuration: LOCK_MS,
      stalledInterval: LOOK_FOR_STALLED_MS,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      settings: {
        backoffStrategy: (attempt) => backoffDelayMs(attempt, { firstMs: retryMs, maxMs: MAX_RETRY_MS, jitter: JITTER }, random),
      },
    },
  );
  worker.on('error', (error) => log.debug({ err: error }, 'the job worker failed'));
  // Another replica may have them by then: what runs here must not end them.
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id, 'lost');
  });
  const ended = (job: BullJob | undefined, state: string) => {
    const stored = job?.finishedOn === undefined ? undefined : describe(job, state);
    if (stored !== undefined) onEnded(stored);
  };
  worker.on('completed', (job) => ended(job, 'completed'));
  worker.on('failed', (job) => ended(job, 'failed'));
  return worker;
}

/** Undefined for a job that another version of this program wrote, and this one does not understand. */
function describe(job: BullJob, bullState: string): StoredJob | undefined {
  const data = jobDataSchema.safeParse(job.data);
  if (!data.success || job.id === undefined) return undefined;
  const state = stateOf(bullState, job.failedReason);
  return {
    id: job.id,
    data: data.data,
    progress: parseProgress(job.progress, data.data),
    state,
    replica: job.processedBy,
    // A try that another replica took over is one and the same.
    attempts: job.attemptsMade + (state === 'active' ? 1 : 0),
    maxAttempts: job.opts.attempts ?? 1,
    createdMs: job.timestamp,
    startedMs: job.processedOn,
    endedMs: isFinal(state) ? job.finishedOn : undefined,
    error: job.failedReason,
  };
}

const CANCELLED = /^the job was cancelled by /;

function stateOf(state: string, failedReason: string | undefined): JobState {
  if (state === 'completed' || state === 'active') return state;
  if (state === 'failed') return CANCELLED.test(failedReason ?? '') ? 'cancelled' : 'failed';
  return state === 'delayed' ? 'retrying' : 'waiting';
}
