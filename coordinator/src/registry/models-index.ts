import type { AgentId, ModelName } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from './fleet-snapshot.js';

/** Which agents have a model on disk. Copied before it changes, so that snapshots keep theirs. */
export type IdsByModel = ReadonlyMap<ModelName, ReadonlySet<AgentId>>;

export interface ModelsChange {
  readonly id: AgentId;
  readonly before: Iterable<ModelName>;
  readonly after: Iterable<ModelName>;
}

/** The index after those agents' models changed. Only the sets of models that came or went are copied, each once. */
export function reindexModels(index: IdsByModel, changes: readonly ModelsChange[]): IdsByModel {
  if (changes.length === 0) return index;
  const next = new Map(index);
  const copies = new Map<ModelName, Set<AgentId>>();
  function copyOf(model: ModelName): Set<AgentId> {
    let copy = copies.get(model);
    if (copy === undefined) {
      copy = new Set(index.get(model));
      copies.set(model, copy);
      next.set(model, copy);
    }
    return copy;
  }
  for (const { id, before, after } of changes) {
    const gone = new Set(before);
    for (const model of after) if (!gone.delete(model)) copyOf(model).add(id);
    for (const model of gone) copyOf(model).delete(id);
  }
  for (const [model, ids] of copies) if (ids.size === 0) next.delete(model);
  return next;
}

/**
 * A snapshot's agents by model, each list made when it is first asked for: with 1,000 agents and 200 heartbeats a second most
 * snapshots are never asked for most models.
 */
export class AgentsByModel implements ReadonlyMap<ModelName, readonly AgentRecord[]> {
  readonly #agents: ReadonlyMap<AgentId, AgentRecord>;
  readonly #ids: IdsByModel;
  readonly #lists = new Map<ModelName, readonly AgentRecord[]>();

  constructor(agents: ReadonlyMap<AgentId, AgentRecord>, ids: IdsByModel) {
    this.#agents = agents;
    this.#ids = ids;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(model: ModelName): boolean {
    return this.#ids.has(model);
  }

  get(model: ModelName): readonly AgentRecord[] | undefined {
    const ids = this.#ids.get(model);
    if (ids === undefined) return undefined;
    let list = this.#lists.get(model);
    if (list === undefined) {
      list = [...ids].map((id) => this.#agents.get(id)).filter((agent) => agent !== undefined);
      this.#lists.set(model, list);
    }
    return list;
  }

  keys() {
    return this.#ids.keys();
  }

  *values(): MapIterator<readonly AgentRecord[]> {
    for (const [, list] of this.entries()) yield list;
    return undefined;
  }

  *entries(): MapIterator<[ModelName, readonly AgentRecord[]]> {
    for (const model of this.#ids.keys()) yield [model, this.get(model) ?? []];
    return undefined;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  forEach(visit: (list: readonly AgentRecord[], model: ModelName, map: ReadonlyMap<ModelName, readonly AgentRecord[]>) => void): void {
    for (const [model, list] of this.entries()) visit(list, model, this);
  }
}
