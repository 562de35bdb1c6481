import { AppError } from '@ollama-coordinator/common';
import type { RequestContext } from '../http/request-context.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { askEvery } from './every-agent.js';
import { bySoonest } from './find-agents.js';
import type { VerbDeps } from './verbs/verb-deps.js';

/**
 * Of the agents those that have every one of the blobs: as remembered from their uploads, else as their Ollamas say when asked.
 * Throws BLOBS_APART, which says where each is.
 */
export async function findBlobs(
  context: RequestContext,
  digests: readonly string[],
  agents: readonly AgentRecord[],
  deps: Pick<VerbDeps, 'homes' | 'ask' | 'clock' | 'verbTimeoutMs'>,
): Promise<readonly AgentRecord[]> {
  const remembered = await Promise.all(digests.map((digest) => deps.homes.whereIs(spelled(digest))));
  const known = agents.filter(({ id }) => remembered.every((ids) => ids.has(id)));
  if (known.length > 0) return [...known].sort(bySoonest);
  const asked = await Promise.all(digests.map((digest) => askWhoHas(context, digest, agents, deps)));
  const found = agents.filter((agent) => asked.every((holders) => holders.includes(agent)));
  if (found.length > 0) return [...found].sort(bySoonest);
  const where = digests.map((digest, index) => `${digest.slice(0, 19)} is ${placesOf(asked[index] ?? [])}`).join(', ');
  throw new AppError('BLOBS_APART', { details: { where } });
}

function placesOf(holders: readonly AgentRecord[]): string {
  return holders.length === 0 ? 'on none' : `on ${holders.map(({ name }) => name).join(' and ')}`;
}

async function askWhoHas(
  { id }: RequestContext,
  digest: string,
  agents: readonly AgentRecord[],
  deps: Pick<VerbDeps, 'ask' | 'clock' | 'verbTimeoutMs'>,
): Promise<readonly AgentRecord[]> {
  const path = `/api/blobs/${spelled(digest)}`;
  const outcomes = await askEvery(agents, { method: 'HEAD', path, requestId: id, timeoutMs: deps.verbTimeoutMs }, deps);
  return outcomes.filter(({ answer }) => answer?.status === 200).map(({ agent }) => agent);
}

function spelled(digest: string): string {
  return digest.replace('-', ':').toLowerCase();
}
