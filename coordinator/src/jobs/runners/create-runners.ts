import { AppError, type Logger, normalizeModelName } from '@ollama-coordinator/common';
import type { AgentRecord, FleetView } from '../../registry/fleet-snapshot.js';
import type { AskAgent } from '../ask-agent.js';
import { type CopyToken, distribute, type Wanted } from '../distribution/distribute.js';
import { newestDigest } from '../distribution/order-targets.js';
import type { AgentTransfers } from '../follow-transfer.js';
import type { JobRunner, JobRunners } from '../run-job.js';
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
      await runParts({ ...deps, ...io, parts, run: (agent) => preload({ ...deps, ...io, agent, model, isPinned: false }) });
    },
    preload: ({ model }, io) =>
      runParts({
        ...deps,
        ...io,
        parts: waitingParts(io.book),
        run: (agent) => preload({ ...deps, ...io, agent, model, isPinned: false }),
      }),
    copy: ({ model, destination }, io) =>
      runParts({ ...deps, ...io, parts: waitingParts(io.book), run: (agent) => copyName(agent, model, destination, deps.ask, io.signal) }),
    delete: ({ model }, io) =>
      runParts({ ...deps, ...io, parts: waitingParts(io.book), run: (agent) => deleteModel(agent, model, deps.ask, io.signal) }),
  };
}

async function copyName(agent: AgentRecord, source: string, destination: string, ask: AskAgent, signal: AbortSignal): Promise<void> {
  const copy = agent.models.get(normalizeModelName(destination));
  if (copy !== undefined && copy.digest === agent.models.get(normalizeModelName(source))?.digest) return;
  const body = { source, destination };
  const { status, error } = await ask(agent, { method: 'POST', path: '/api/copy', body, timeoutMs: ANSWER_WITHIN_MS, signal });
  if (status !== 200) throw refused(status, error);
}

async function deleteModel(agent: AgentRecord, model: string, ask: AskAgent, signal: AbortSignal): Promise<void> {
  const { status, error } = await ask(agent, {
    method: 'DELETE',
    path: '/api/delete',
    body: { model },
    timeoutMs: ANSWER_WITHIN_MS,
    signal,
  });
  // Gone is what was asked for, also where an earlier try saw to it.
  if (status !== 200 && status !== 404) throw refused(status, error);
}

function refused(status: number, error: string): AppError {
  return new AppError(status >= 500 ? 'JOB_FAILED' : 'JOB_REFUSED', { details: { reason: error || `Ollama answered ${status}` } });
}

function noHolder(model: string): AppError {
  return new AppError('UNKNOWN_MODEL', { details: { sentence: `model '${model}' not found: no agent that could hand it over has it` } });
}
