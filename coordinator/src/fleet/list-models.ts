import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';

/** One model of the fleet, as one entry of `/api/tags`: the newest copy, and every agent that has one. */
interface FleetModel {
  readonly name: string;
  readonly model: string;
  readonly modified_at: string;
  readonly size: number;
  readonly digest: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly agents: readonly string[];
}

/** `/api/tags`: the union over the agents that can serve, from the snapshot, so that a sleeping machine delays nobody. */
export function listModels({ agentsByModel }: FleetSnapshot): { readonly models: readonly FleetModel[] } {
  const models: FleetModel[] = [];
  for (const [name, holders] of agentsByModel) {
    const serving = holders.filter(canServe);
    const copies = serving
      .flatMap((agent) => agent.models.get(name) ?? [])
      .sort((one, other) => other.modified_at.localeCompare(one.modified_at));
    const newest = copies[0];
    if (!newest) continue;
    const { modified_at, size_bytes, digest, details = {} } = newest;
    models.push({
      name: newest.name,
      model: newest.name,
      modified_at,
      size: size_bytes,
      digest,
      details,
      agents: serving.map((agent) => agent.name),
    });
  }
  return { models: models.sort((one, other) => other.modified_at.localeCompare(one.modified_at) || one.name.localeCompare(other.name)) };
}

/** `/api/ps`: one entry for each runner, so a model loaded on two agents appears twice. */
export function listRunners({ agents }: FleetSnapshot): { readonly models: readonly object[] } {
  const serving = [...agents.values()].filter(canServe);
  return {
    models: serving.flatMap((agent) =>
      agent.runners.map((runner) => ({
        name: runner.model,
        model: runner.model,
        size: runner.size_bytes,
        digest: runner.digest,
        details: agent.models.get(runner.model)?.details ?? {},
        size_vram: runner.vram_bytes,
        ...(runner.context_length === undefined ? {} : { context_length: runner.context_length }),
        agent: agent.name,
      })),
    ),
  };
}

/** `/v1/models`. */
export function listOpenAiModels(snapshot: FleetSnapshot): object {
  const data = listModels(snapshot).models.map(({ name, modified_at }) => ({
    id: name,
    object: 'model',
    created: Math.floor((Date.parse(modified_at) || 0) / 1000),
    owned_by: 'library',
  }));
  return { object: 'list', data };
}

/** `/api/version`: the oldest Ollama that may answer, since every request must be one that it understands. */
export function oldestOllamaVersion({ agents }: FleetSnapshot): string {
  const versions = [...agents.values()].filter(canServe).flatMap((agent) => (agent.ollamaVersion === '' ? [] : [agent.ollamaVersion]));
  return versions.sort((one, other) => one.localeCompare(other, undefined, { numeric: true }))[0] ?? '0.0.0';
}

function canServe({ status }: AgentRecord): boolean {
  return status === 'online' || status === 'suspect' || status === 'draining';
}
