import type { Agent, Job } from '@ollama-coordinator/common';
import { withTag } from '../shared/with-tag.js';

/** What an agent has of a model. `pulling`: a job brings it, `share` of its bytes are there. */
export interface Cell {
  readonly state: 'loaded' | 'loading' | 'disk' | 'pulling' | 'none';
  readonly share?: number;
}

export interface ModelRow {
  readonly name: string;
  readonly sizeBytes: number;
  /** More than one: the agents do not have the same model under this name. */
  readonly digests: number;
  /** By agent id. */
  readonly cells: ReadonlyMap<string, Cell>;
  readonly holders: number;
  readonly loaded: number;
}

/** Every model that an agent has, is given, or has in memory, by name. Pure. */
export function modelGrid(agents: readonly Agent[], jobs: readonly Job[]): readonly ModelRow[] {
  const names = new Set<string>();
  for (const { models, runners } of agents) {
    for (const { name } of models) names.add(name);
    for (const { model } of runners) names.add(model);
  }
  const pulls = jobs.filter(
    ({ kind, state }) => (kind === 'pull' || kind === 'placement') && (state === 'active' || state === 'waiting' || state === 'retrying'),
  );
  for (const { model } of pulls) names.add(withTag(model));
  return [...names].sort((a, b) => a.localeCompare(b)).map((name) => rowOf(name, agents, pulls));
}

function rowOf(name: string, agents: readonly Agent[], pulls: readonly Job[]): ModelRow {
  const cells = new Map<string, Cell>();
  const digests = new Set<string>();
  let sizeBytes = 0;
  for (const agent of agents) {
    const onDisk = agent.models.find((model) => model.name === name);
    if (onDisk !== undefined) digests.add(onDisk.digest);
    sizeBytes = Math.max(sizeBytes, onDisk?.size_bytes ?? 0);
    cells.set(agent.id, cellOf(name, agent, onDisk !== undefined, pulls));
  }
  const states = [...cells.values()].map(({ state }) => state);
  return {
    name,
    sizeBytes,
    digests: digests.size,
    cells,
    holders: states.filter((state) => state !== 'none' && state !== 'pulling').length,
    loaded: states.filter((state) => state === 'loaded').length,
  };
}

function cellOf(name: string, agent: Agent, isOnDisk: boolean, pulls: readonly Job[]): Cell {
  const runner = agent.runners.find(({ model }) => model === name);
  if (runner !== undefined) return { state: runner.state === 'ready' ? 'loaded' : 'loading' };
  if (isOnDisk) return { state: 'disk' };
  for (const { model, parts, layers } of pulls) {
    const part = withTag(model) === name ? parts.find(({ agent_id, state }) => agent_id === agent.id && state !== 'failed') : undefined;
    if (part === undefined) continue;
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    const completed = part.completed.reduce((sum, bytes) => sum + bytes, 0);
    return { state: 'pulling', share: total === 0 ? 0 : Math.min(1, completed / total) };
  }
  return { state: 'none' };
}
