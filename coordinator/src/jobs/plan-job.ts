import { createHash } from 'node:crypto';
import { AppError, isCloudModelName, isModelName, type JobRequest, normalizeModelName } from '@ollama-coordinator/common';
import type { FleetSnapshot } from '../registry/fleet-snapshot.js';
import { chooseAgents } from './choose-agents.js';
import { newestDigest } from './distribution/order-targets.js';
import { type AgentsSelector, oneChoice } from './parse-agents-choice.js';
import type { JobData } from './stored-job.js';

export interface PlanDeps {
  readonly snapshot: FleetSnapshot;
  /** How many agents get a model that none has, where the caller does not say. */
  readonly pullAgents: number;
}

export interface JobPlan {
  readonly targets: JobData['targets'];
  /** The same for requests that would do the same: they share one job. */
  readonly sameness: string;
}

/**
 * The agents that a job is for. Pure. `header` is `x-coordinator-agents`, where it was sent. Throws what chooseAgents() throws, BAD_REQUEST
 * and NO_CLOUD.
 */
export function planJob(request: JobRequest, header: string | undefined, { snapshot, pullAgents }: PlanDeps): JobPlan {
  checkNames(request);
  const { model, kind } = request;
  const selector = oneChoice(header, 'agents' in request ? request.agents : undefined);
  const agents = chooseAgents({
    model,
    snapshot,
    // One is enough to have it in memory somewhere.
    selector: selector ?? (kind === 'preload' ? { kind: 'count', count: 1 } : undefined),
    defaultCount: pullAgents,
    onlyHolders: kind !== 'pull' && kind !== 'placement',
  });
  if (kind === 'pull' && request.source === 'fleet' && newestDigest(snapshot, model) === undefined)
    throw new AppError('UNKNOWN_MODEL', { details: { sentence: `model '${model}' not found: no agent that could hand it over has it` } });
  const ids = agents.map(({ id }) => id);
  return { targets: agents.map(({ id, name }) => ({ agent_id: id, agent: name })), sameness: samenessOf(request, selector, ids) };
}

function checkNames(request: JobRequest): void {
  const { model } = request;
  if (!isModelName(model)) throw new AppError('BAD_REQUEST', { details: { reason: 'invalid model name' } });
  if (isCloudModelName(model))
    throw new AppError('NO_CLOUD', { details: { what: `"${model}" runs elsewhere and cannot be brought to an agent` } });
  if (request.kind === 'copy' && !isModelName(request.destination))
    throw new AppError('BAD_REQUEST', { details: { reason: `destination "${request.destination}" is invalid` } });
}

/** Where the coordinator chooses, who wants so many wants the same as another who does, whomever it would choose a moment later. */
function samenessOf(request: JobRequest, selector: AgentsSelector | undefined, ids: readonly string[]): string {
  const { model, ...options } = request;
  const agents = selector === undefined || selector.kind === 'count' ? (selector?.count ?? 'default') : [...ids].sort();
  const text = JSON.stringify([normalizeModelName(model), Object.entries({ ...options, agents }).sort()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
