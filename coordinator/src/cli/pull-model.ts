import { AppError, jobSchema } from '@ollama-coordinator/common';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { watchHere } from './watch-job.js';

export const PULL_FLAGS = ['agents', 'source'] as const;
export const PULL_SWITCHES = ['watch', 'insecure'] as const;
export const PULL_USAGE = ['pull MODEL [--agents all|N|name,name|label=value] [--source auto|fleet|registry] [--insecure] [--watch]'];

/** `ollama-coordinator pull MODEL`: has agents get a model; with `--watch` it shows how that fares. */
export async function pullModel(flags: Flags, env: Env, [model, ...rest]: readonly string[]): Promise<number> {
  if (model === undefined || rest.length > 0)
    throw new AppError('BAD_REQUEST', { details: { reason: `it is "ollama-coordinator ${PULL_USAGE[0]}"` } });
  const { agents, source } = flags;
  const body = {
    kind: 'pull',
    model,
    ...(agents === undefined ? {} : { agents }),
    ...(source === undefined ? {} : { source }),
    ...(flags.insecure === undefined ? {} : { insecure: true }),
  };
  const job = jobSchema.parse(await askCoordinator('/api/coordinator/jobs', flags, env, 'POST', body));
  if (flags.watch !== undefined) return watchHere(job.id, flags, env);
  process.stdout.write(`${job.id}: pulls ${model} to ${job.parts.map(({ agent }) => agent).join(', ')}\n`);
  process.stdout.write(`"ollama-coordinator jobs watch ${job.id}" shows how that fares\n`);
  return 0;
}
