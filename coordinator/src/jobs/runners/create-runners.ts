import { AppError, type Logger, normalizeModelName } from '@ollama-coordinator/common';
import type { AskAgent } from '../../fleet/ask-agent.js';
import type { AgentRecord, FleetView } from '../../registry/fleet-snapshot.js';
import { type CopyToken, distribute, type Wanted } from '../distribution/distribute.js';
import { newestDigest } from '../distribution/order-targets.js';
import type { AgentTransfers } from '../follow-transfer.js';
import type { JobRunner, JobRunners } from '../run-job.js';
import { askOllama } from './ask-ollama.js';
import { preload } from './preload.js';
import { runParts, waitingParts } from './run-parts.js';

export interface RunnersDeps {
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly transfers: Pick<AgentTransfers, 'follow'>;
  readonly copyToken: CopyToken;
  readonly ask: AskAgent;
  readonly log: Logger;
}

const ANSWER_WITHIN_MS = 30_000;

/** What each kind of job does. Each looks first what is so already: a job that is taken over changes nothing twice. */
export function createRunners(deps: RunnersDeps): JobRunners {
  const bringAll = (wanted: Wanted, { book, signal }: Parameters<JobRunner>[1]) => distribute(wanted, { ...deps, book, signal });
  const newest = (model: string) => newestDigest(deps.fleet.snapshot(), model);

  return {
    pull: ({ model, insecure, source }, io) => {
      const digest = source === 'fleet' ? newest(model) : undefined;
      const outside = ({ auto: 'leader', fleet: 'never', registry: 'each' } as const)[source];
      if (source === 'fleet' && digest === undefined) throw noHolder(model);
      return bringAll({ job: io.job.id, model, insecure, digest, isExact: false, outside }, io);
    },
    sync: ({ model, digest = newest(model) }, io) => {
      if (digest === undefined) throw noHolder(model);
      return bringAll({ job: io.job.id, model, insecure: false, digest, isExact: true, outside: 'leader' }, io);
    },
    placement: async ({ model, loaded }, io) => {
      await bringAll({ job: io.job.id, model, insecure: false, digest: newest(model), isExact: false, outside: 'leader' }, io);
      if (!loaded) return;
      const parts = io.book.parts.filter(({ state }) => state === 'completed');
      await runParts({ ...deps, ...io, parts, run: (agent) => preload({ ...deps, ...io, job: io.job.id, agent, model }) });
    },
    preload: ({ model }, io) =>
      runParts({
        ...deps,
        ...io,
        parts: waitingParts(io.book),
        run: (agent) => preload({ ...deps, ...io, job: io.job.id, agent, model }),
      }),
    copy: ({ model, destination }, io) =>
      runParts({
        ...deps,
        ...io,
        parts: waitingParts(io.book),
        run: (agent) => copyName(agent, model, destination, { ...io, ask: deps.ask }),
      }),
    delete: ({ model }, io) =>
      runParts({ ...deps, ...io, parts: waitingParts(io.book), run: (agent) => deleteModel(agent, model, { ...io, ask: deps.ask }) }),
  };
}

type AskIo = Pick<Parameters<JobRunner>[1], 'job' | 'signal'> & { readonly ask: AskAgent };

async function copyName(agent: AgentRecord, source: string, destination: string, { ask, job, signal }: AskIo): Promise<void> {
  const copy = agent.models.get(normalizeModelName(destination));
  if (copy !== undefined && copy.digest === agent.models.get(normalizeModelName(source))?.digest) return;
  const question = { method: 'POST', path: '/api/copy', body: { source, destination } } as const;
  const answer = await askOllama(ask, agent, { ...question, job: job.id, timeoutMs: ANSWER_WITHIN_MS, signal });
  if (answer.status !== 200) throw refused(answer);
}

async function deleteModel(agent: AgentRecord, model: string, { ask, job, signal }: AskIo): Promise<void> {
  const question = { method: 'DELETE', path: '/api/delete', body: { model } } as const;
  const answer = await askOllama(ask, agent, { ...question, job: job.id, timeoutMs: ANSWER_WITHIN_MS, signal });
  // Gone is what was asked for, also where an earlier try saw to it.
  if (answer.status !== 200 && answer.status !== 404) throw refused(answer);
}

function refused({ status, error }: { readonly status: number; readonly error: string }): AppError {
  return new AppError(status >= 500 ? 'JOB_FAILED' : 'JOB_REFUSED', { details: { reason: error } });
}

function noHolder(model: string): AppError {
  return new AppError('UNKNOWN_MODEL', { details: { sentence: `model '${model}' not found: no agent that could hand it over has it` } });
}
