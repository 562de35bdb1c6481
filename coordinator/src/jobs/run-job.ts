import { AppError, type Clock, type JobRequest, type Logger } from '@ollama-coordinator/common';
import type { AgentTransfers } from './follow-transfer.js';
import { Interrupted, type RunStoredJob } from './job-queue.js';
import { createProgressBook, type ProgressBook } from './progress-book.js';
import { settleParts } from './settle-parts.js';
import type { StoredJob } from './stored-job.js';

/** Does what one kind of job is for, part by part; a part that fails is written into the book, not thrown. */
export type JobRunner<Kind extends JobRequest['kind'] = JobRequest['kind']> = (
  request: Extract<JobRequest, { kind: Kind }>,
  io: { readonly job: StoredJob; readonly book: ProgressBook; readonly signal: AbortSignal },
) => Promise<void>;

export type JobRunners = { readonly [Kind in JobRequest['kind']]: JobRunner<Kind> };

export interface RunJobDeps {
  readonly runners: JobRunners;
  readonly transfers: Pick<AgentTransfers, 'cancel'>;
  /** Who cancelled the job, if anybody did. */
  readonly cancelledBy: (id: string) => Promise<string | undefined>;
  readonly onStarted: (job: StoredJob) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_FOR_CANCEL_MS = 500;

/** Runs one try of one job: goes on where the last one left off, ends when the job is cancelled, steps aside when this replica stops. */
export function createRunJob(deps: RunJobDeps): RunStoredJob {
  const { clock, log } = deps;
  return async (job, { signal, save }) => {
    const ending = new AbortController();
    signal.addEventListener('abort', () => ending.abort(new Interrupted()), { once: true });
    const book = createProgressBook({ progress: resumed(job), save, clock, log });
    const watch = watchForCancel(deps, job.id, ending);
    try {
      await watch.look();
      ending.signal.throwIfAborted();
      if (job.progress.parts.every(({ state }) => state === 'waiting')) deps.onStarted(job);
      await runnerOf(deps.runners, job.data.request)(job.data.request, { job, book, signal: ending.signal });
    } catch (error) {
      if (error instanceof AppError && error.code === 'JOB_CANCELLED') await cancelTransfers(deps, job, book);
      throw error;
    } finally {
      watch.stop();
      await book.flush();
    }
    settleParts(job.data.request, book.parts);
  };
}

/** What was under way is taken up again, and what failed so that it may be mended is tried again. */
function resumed({ progress }: StoredJob): StoredJob['progress'] {
  const parts = progress.parts.map((part) => {
    if (part.state === 'active') return { ...part, state: 'waiting' as const };
    if (part.state !== 'failed' || part.retryable !== true) return part;
    const { error: _error, error_code: _code, retryable: _retryable, ...rest } = part;
    return { ...rest, state: 'waiting' as const };
  });
  return { ...progress, parts };
}

function runnerOf(runners: JobRunners, { kind }: JobRequest): JobRunner {
  // The table has for each kind the runner of that kind, which the compiler cannot follow through an index.
  return runners[kind] as JobRunner;
}

async function cancelTransfers({ transfers }: RunJobDeps, { id }: StoredJob, book: ProgressBook): Promise<void> {
  const unfinished = book.parts.filter(({ state }) => state === 'active' || state === 'waiting');
  for (const part of unfinished) book.update(part.agent_id, { state: 'failed', error: 'cancelled', error_code: 'JOB_CANCELLED' });
  await Promise.all(unfinished.map((part) => transfers.cancel(part.agent_id, id)));
}

/** Any replica may cancel a job: it leaves word in Redis, where the one that runs it looks. */
function watchForCancel({ cancelledBy, clock }: RunJobDeps, id: string, ending: AbortController) {
  const look = async () => {
    const by = await cancelledBy(id).catch(() => undefined);
    if (by !== undefined) ending.abort(new AppError('JOB_CANCELLED', { details: { by } }));
  };
  const timer = clock.setInterval(() => void look(), LOOK_FOR_CANCEL_MS);
  return { look, stop: () => timer.cancel() };
}
