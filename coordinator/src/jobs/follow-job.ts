import { AppError, type Clock, type Job, type Logger, type Timer } from '@ollama-coordinator/common';
import { isFinal, type StoredJob, toJob } from './stored-job.js';

/** A job as it is now, or why it cannot be followed any further. The last call is one with a final state, or a failure. */
export type JobListener = (job: Job | AppError) => void;

export interface JobFollowersDeps {
  readonly read: (id: string) => Promise<StoredJob>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface JobFollowers {
  /** Tells how a job fares until it has ended, whichever replica runs it. Returns how to stop. */
  follow(id: string, listener: JobListener): () => void;
  /** Tells those who follow that this replica stops; the jobs go on elsewhere. */
  close(): void;
}

/** How often a job that somebody follows is read; once for all who follow it here. */
const READ_MS = 250;
/** Redis may be away this long before those who follow are told. */
const PATIENCE_MS = 60_000;

interface Followed {
  readonly listeners: Set<JobListener>;
  timer: Timer | undefined;
  text: string;
  readMs: number;
}

export function createJobFollowers({ read, clock, log }: JobFollowersDeps): JobFollowers {
  const followed = new Map<string, Followed>();

  function tell(id: string, entry: Followed, news: Job | AppError, isLast: boolean): void {
    if (isLast) followed.delete(id);
    for (const listener of entry.listeners) listener(news);
  }

  async function look(id: string, entry: Followed): Promise<void> {
    try {
      const stored = await read(id);
      entry.readMs = clock.monotonic();
      const job = toJob(stored);
      const text = JSON.stringify(job);
      if (text !== entry.text) tell(id, entry, job, isFinal(stored.state));
      entry.text = text;
    } catch (error) {
      const failure = error instanceof AppError ? error : new AppError('JOBS_UNAVAILABLE', { cause: error });
      const isAway = failure.code === 'JOBS_UNAVAILABLE' && clock.monotonic() - entry.readMs < PATIENCE_MS;
      log.debug({ job: id, code: failure.code }, 'a job that is followed could not be read');
      if (!isAway) tell(id, entry, failure, true);
    }
    if (followed.get(id) === entry) entry.timer = clock.setTimeout(() => void look(id, entry), READ_MS);
  }

  return {
    follow(id, listener) {
      let entry = followed.get(id);
      if (entry === undefined) {
        entry = { listeners: new Set(), timer: undefined, text: '', readMs: clock.monotonic() };
        followed.set(id, entry);
        void look(id, entry);
      } else {
        // Who comes later is told at once as well.
        entry.text = '';
      }
      const { listeners } = entry;
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        followed.get(id)?.timer?.cancel();
        followed.delete(id);
      };
    },
    close() {
      for (const [id, entry] of followed) {
        entry.timer?.cancel();
        tell(id, entry, new AppError('SHUTTING_DOWN'), true);
      }
    },
  };
}
