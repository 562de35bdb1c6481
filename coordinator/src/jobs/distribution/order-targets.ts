import { AppError, formatBytes, type JobPart, normalizeModelName } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetSnapshot } from '../../registry/fleet-snapshot.js';
import { canTakeModels } from '../can-take-models.js';

/** The agents that have exactly this model, and can be asked for it. */
export function holdersOf(snapshot: FleetSnapshot, model: string, digest: string | undefined): readonly AgentRecord[] {
  const name = normalizeModelName(model);
  const holders = snapshot.agentsByModel.get(name) ?? [];
  return holders.filter((agent) => canTakeModels(agent) && (digest === undefined || agent.models.get(name)?.digest === digest));
}

/** The digest of the copy that was changed last, among agents that can be asked for it. */
export function newestDigest(snapshot: FleetSnapshot, model: string): string | undefined {
  const name = normalizeModelName(model);
  const copies = holdersOf(snapshot, name, undefined).flatMap((agent) => agent.models.get(name) ?? []);
  return copies.sort((one, other) => other.modified_at.localeCompare(one.modified_at))[0]?.digest;
}

/**
 * Who fetches from outside for all: the one that began to before a take-over, else one that has the model and needs only what
 * changed, else the one with most free disk.
 */
export function bestLeader(waiting: readonly JobPart[], snapshot: FleetSnapshot, model: string): JobPart | undefined {
  const name = normalizeModelName(model);
  const rank = (part: JobPart) => {
    const agent = snapshot.agents.get(part.agent_id);
    return [
      part.source === 'registry' ? 1 : 0,
      agent?.models.has(name) ? 1 : 0,
      agent && canTakeModels(agent) ? 1 : 0,
      agent?.metrics.disk_free_bytes ?? 0,
    ];
  };
  return [...waiting].sort((one, other) => compareRanks(rank(other), rank(one)) || one.agent.localeCompare(other.agent))[0];
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  const place = one.findIndex((value, index) => value !== other[index]);
  return place < 0 ? 0 : (one[place] ?? 0) - (other[place] ?? 0);
}

/** Undefined where the agent has room for the model, or where nobody knows: then the agent itself finds out. */
export function lackOfDisk(id: AgentId, snapshot: FleetSnapshot, model: string): AppError | undefined {
  const name = normalizeModelName(model);
  const agent = snapshot.agents.get(id);
  const size = snapshot.agentsByModel.get(name)?.[0]?.models.get(name)?.size_bytes;
  const free = agent?.metrics.disk_free_bytes;
  if (size === undefined || free === undefined || agent?.models.has(name) || size <= free) return undefined;
  return new AppError('NOT_ENOUGH_DISK', {
    details: { model, agent: agent?.name ?? id, needed: formatBytes(size), free: formatBytes(free) },
  });
}
