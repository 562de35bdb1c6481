import { AppError, type Job, jobSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { showTable } from './show-table.js';
import { watchHere } from './watch-job.js';

export const JOBS_USAGE = ['jobs [list]', 'jobs watch ID', 'jobs cancel ID'];

const COLUMNS: readonly (readonly [string, (job: Job) => string])[] = [
  ['ID', (job) => job.id],
  ['KIND', (job) => job.kind],
  ['MODEL', (job) => job.model],
  ['STATE', (job) => job.state],
  ['AGENTS', (job) => `${job.parts.filter(({ state }) => state === 'completed').length}/${job.parts.length}`],
  ['DONE', (job) => (job.total_bytes === 0 ? '-' : `${Math.floor((job.completed_bytes / job.total_bytes) * 100)} %`)],
  ['TRY', (job) => `${job.attempts}/${job.max_attempts}`],
  ['SINCE', (job) => job.created_at.slice(0, 19).replace('T', ' ')],
  ['ERROR', (job) => job.error ?? ''],
];

/** `ollama-coordinator jobs [list|watch ID|cancel ID]`. */
export async function manageJobs(flags: Flags, env: Env, [action = 'list', id, ...rest]: readonly string[]): Promise<number> {
  if (action === 'list' && id === undefined) return listJobs(flags, env);
  if (id === undefined || rest.length > 0 || (action !== 'watch' && action !== 'cancel'))
    throw new AppError('BAD_REQUEST', {
      details: { reason: `it is one of ${JOBS_USAGE.map((line) => `"ollama-coordinator ${line}"`).join(', ')}` },
    });
  if (action === 'watch') return watchHere(id, flags, env);
  const job = jobSchema.parse(await askCoordinator(`/api/coordinator/jobs/${encodeURIComponent(id)}`, flags, env, 'DELETE'));
  const isOver = job.ended_at !== undefined && job.state !== 'cancelled';
  process.stdout.write(
    isOver ? `${job.id} has ended already: ${job.state}\n` : `${job.id} is cancelled; what it brought to agents stays there\n`,
  );
  return 0;
}

async function listJobs(flags: Flags, env: Env): Promise<number> {
  const { jobs } = z.object({ jobs: z.array(jobSchema) }).parse(await askCoordinator('/api/coordinator/jobs', flags, env));
  if (jobs.length === 0) process.stdout.write('there are no jobs\n');
  else showTable(COLUMNS, jobs);
  return 0;
}
