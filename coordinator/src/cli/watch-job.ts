import { AppError, type Clock, createSplitLines, type Job, jobSchema, systemClock } from '@ollama-coordinator/common';
import { openAnswer } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { describeJob, drawJob } from './draw-job.js';

/** Where a job is drawn: a terminal, or a log. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** Shows it here, and says how it is to be ended when the person stops watching. Resolves with the exit code. */
export async function watchHere(id: string, flags: Flags, env: Env): Promise<number> {
  const leave = () => {
    process.stdout.write(`\nthe job goes on; "ollama-coordinator jobs cancel ${id}" ends it\n`);
    process.exit(130);
  };
  process.once('SIGINT', leave);
  const job = await watchJob(id, flags, env, process.stdout, systemClock);
  process.off('SIGINT', leave);
  return job.state === 'completed' ? 0 : 1;
}

const AGAIN_MS = 1000;
/** Over this long the rate is taken. */
const RATE_MS = 5000;

/** Shows how a job fares until it has ended. Resolves with it. Throws what the coordinator refuses. */
export async function watchJob(id: string, flags: Flags, env: Env, screen: Screen, clock: Clock): Promise<Job> {
  const show = screen.isTTY ? createDrawing(screen, clock) : createLog(screen);
  let job: Job | undefined;
  while (job === undefined || job.ended_at === undefined) {
    for await (const next of readJobs(id, flags, env)) {
      job = next;
      show(job);
    }
    // The replica that answered may have gone; the job goes on at another one.
    if (job?.ended_at === undefined) await new Promise<void>((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  return job;
}

async function* readJobs(id: string, flags: Flags, env: Env): AsyncGenerator<Job> {
  const response = await openAnswer(`/api/coordinator/jobs/${encodeURIComponent(id)}?watch=1`, flags, env);
  const split = createSplitLines();
  try {
    for await (const chunk of response.body ?? []) {
      for (const line of split(Buffer.from(chunk))) {
        const record: unknown = JSON.parse(line);
        const parsed = jobSchema.safeParse(record);
        if (parsed.success) yield parsed.data;
        else throw new AppError('BAD_REQUEST', { details: { reason: String((record as { error?: unknown }).error) } });
      }
    }
  } catch (error) {
    if (error instanceof AppError && !/shutting down/.test(error.message)) throw error;
  }
}

/** Draws over what it drew before. */
function createDrawing(screen: Screen, clock: Clock): (job: Job) => void {
  const seen: { readonly atMs: number; readonly bytes: number }[] = [];
  let drawn = 0;
  return (job) => {
    seen.push({ atMs: clock.monotonic(), bytes: job.completed_bytes });
    while ((seen[1]?.atMs ?? Number.POSITIVE_INFINITY) < clock.monotonic() - RATE_MS) seen.shift();
    const { columns = 80, rows = 24 } = screen;
    const lines = drawJob(job, { columns, mostAgents: Math.max(1, rows - 3), bytesPerS: rateOf(seen) });
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    screen.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[0J`);
    drawn = lines.length;
  };
}

function rateOf(seen: readonly { readonly atMs: number; readonly bytes: number }[]): number | undefined {
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return undefined;
  return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000;
}

/** A line whenever it says something new, at most one for each tenth of the way. */
function createLog(screen: Screen): (job: Job) => void {
  let said = '';
  return (job) => {
    const tenth = job.total_bytes === 0 ? 0 : Math.floor((job.completed_bytes / job.total_bytes) * 10);
    const key = `${job.state} ${tenth}`;
    if (key === said) return;
    said = key;
    screen.write(`${describeJob(job)}\n`);
  };
}
