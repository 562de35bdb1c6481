import type { Logger } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { type AgentEntry, toRecord } from './agent-entry.js';
import type { AgentRecord, FleetDiff, FleetSnapshot } from './fleet-snapshot.js';
import { LayeredMap } from './layered-map.js';
import { createListeners } from './listeners.js';
import { AgentsByModel, type IdsByModel, type ModelsChange, reindexModels } from './models-index.js';

export type ChangeListener = (snapshot: FleetSnapshot, diff: FleetDiff) => void;

/** The entries of this replica, and the snapshots made of them. */
export interface Fleet {
  snapshot(): FleetSnapshot;
  onChange(listener: ChangeListener): () => void;
  entry(id: AgentId): AgentEntry | undefined;
  entries(): Iterable<AgentEntry>;
  /** Part of the next snapshot, which follows at the end of this turn of the event loop. */
  put(entry: AgentEntry): void;
  /** The same for what nobody waits for, as figures of the machine: part of a snapshot within GATHER_MS. */
  putSoon(entry: AgentEntry): void;
  remove(id: AgentId): void;
  /** Makes that snapshot at once. */
  publish(): void;
}

/** Figures may be this old in a snapshot. */
const GATHER_MS = 50;

/** Changes are gathered over one turn of the event loop: a burst of heartbeats makes one snapshot. */
export function createFleet(log: Logger): Fleet {
  const entries = new Map<AgentId, AgentEntry>();
  const { listen, tell } = createListeners<Parameters<ChangeListener>>('change', log);
  const touched = new Set<AgentId>();
  let idsByModel: IdsByModel = new Map();
  let agents = LayeredMap.empty<AgentId, AgentRecord>();
  let current: FleetSnapshot = { version: 0, agents, agentsByModel: new AgentsByModel(agents, idsByModel) };
  let scheduled: NodeJS.Immediate | undefined;
  let gathering: NodeJS.Timeout | undefined;

  function touch(id: AgentId): void {
    touched.add(id);
    scheduled ??= setImmediate(publish);
  }

  function publish(): void {
    if (scheduled !== undefined) clearImmediate(scheduled);
    scheduled = undefined;
    clearTimeout(gathering);
    gathering = undefined;
    if (touched.size === 0) return;
    const changes = new Map<AgentId, AgentRecord | undefined>();
    const changed: AgentRecord[] = [];
    const removed: AgentId[] = [];
    const modelChanges: ModelsChange[] = [];
    for (const id of touched) {
      const before = agents.get(id);
      const entry = entries.get(id);
      if (entry === undefined) {
        if (before !== undefined) {
          changes.set(id, undefined);
          removed.push(id);
        }
      } else {
        const record = toRecord(entry);
        changes.set(id, record);
        changed.push(record);
      }
      if (before?.models !== entry?.models) modelChanges.push({ id, before: modelNames(before), after: modelNames(entry) });
    }
    touched.clear();
    idsByModel = reindexModels(idsByModel, modelChanges);
    agents = agents.with(changes);
    current = { version: current.version + 1, agents, agentsByModel: new AgentsByModel(agents, idsByModel) };
    tell(current, { changed, removed });
  }

  return {
    snapshot: () => current,
    onChange: listen,
    entry: (id) => entries.get(id),
    entries: () => entries.values(),
    put(entry) {
      if (entries.get(entry.id) === entry) return;
      entries.set(entry.id, entry);
      touch(entry.id);
    },
    putSoon(entry) {
      entries.set(entry.id, entry);
      touched.add(entry.id);
      gathering ??= setTimeout(publish, GATHER_MS).unref();
    },
    remove(id) {
      if (entries.delete(id)) touch(id);
    },
    publish,
  };
}

function modelNames(holder: Pick<AgentRecord, 'models'> | undefined): Iterable<string> {
  return holder?.models.keys() ?? [];
}
