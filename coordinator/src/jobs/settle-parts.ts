import { AppError, type JobPart, type JobRequest } from '@ollama-coordinator/common';

const DONE: Readonly<Record<JobRequest['kind'], string>> = {
  pull: 'it is on',
  copy: 'it was copied on',
  delete: 'it was deleted on',
  preload: 'it is loaded on',
  placement: 'it is placed on',
  sync: 'it is the same on',
};

/**
 * Nothing where every part is complete. Else throws JOB_FAILED where a further try may help, or JOB_REFUSED: in the words of the failure
 * where all failed alike, else with the name of each agent. Pure.
 */
export function settleParts({ kind, model }: JobRequest, parts: readonly JobPart[]): void {
  const failed = parts.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return;
  const done = parts.filter(({ state }) => state === 'completed').map(({ agent }) => agent);
  const words = new Set(failed.map(({ error }) => error));
  const [only = ''] = words;
  const isAlike = words.size === 1 && done.length === 0;
  const named = failed.map(({ agent, error }) => `${agent}: ${error}`).join('; ');
  const reason = isAlike ? only : `"${model}" failed on ${failed.length} of ${parts.length} agents (${named})${sayDone(kind, done)}`;
  throw new AppError(failed.some(({ retryable }) => retryable) ? 'JOB_FAILED' : 'JOB_REFUSED', { details: { reason } });
}

function sayDone(kind: JobRequest['kind'], done: readonly string[]): string {
  return done.length === 0 ? '' : `; ${DONE[kind]} ${done.join(', ')}`;
}
