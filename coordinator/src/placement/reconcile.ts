import { type KeptModel, normalizeModelName, type PlacementState } from '@ollama-coordinator/common';
import type { AgentId, ModelName } from '@ollama-coordinator/common/balancing';
import { canTakeModels } from '../jobs/can-take-models.js';
import { sizeOf } from '../jobs/choose-agents.js';
import { compareRanks } from '../jobs/compare-ranks.js';
import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';
import { memoryFor, memoryOf } from './memory.js';
import type { Placement } from './placement-store.js';

export interface ReconcileInput {
  /** The oldest first: where there is not room for all, the older one has it. */
  readonly placements: readonly Placement[];
  readonly snapshot: FleetSnapshot;
  /** `<model> <agent id>`: a job brings it there at this moment. */
  readonly underWay: ReadonlySet<string>;
  /** `<placement> <agent id>`: it failed there lately. */
  readonly resting: ReadonlySet<string>;
}

export interface Bring {
  readonly placement: string;
  readonly model: string;
  readonly agents: readonly AgentId[];
}

export interface ReconcilePlan {
  /** What has to be brought onto disks. */
  readonly bring: readonly Bring[];
  /** What each agent is to keep in memory; agents that need keep nothing are left out. */
  readonly keep: ReadonlyMap<AgentId, readonly KeptModel[]>;
  readonly states: readonly PlacementState[];
}

/** What is to be done so that the fleet comes to be as its placements say, and how far it is. Pure: the same input, the same plan. */
export function reconcile({ placements, snapshot, underWay, resting }: ReconcileInput): ReconcilePlan {
  const rooms = createRooms();
  const keep = new Map<AgentId, Map<ModelName, KeptModel>>();
  const bring: Bring[] = [];
  const states: PlacementState[] = [];
  for (const placement of placements) {
    const model = normalizeModelName(placement.model);
    const need = memoryOf(model, snapshot);
    const fate = chooseFor(placement, model, { snapshot, underWay, resting, rooms, need });
    for (const agent of fate.chosen) {
      if (!placement.loaded) continue;
      rooms.take(agent, model, need ?? 0);
      // Its size is not known before it is on a disk; until then nobody can say whether it fits.
      if (agent.models.has(model)) keepModel(keep, agent.id, { model, pinned: placement.pinned });
    }
    const missing = fate.chosen.filter(({ id, models }) => !models.has(model) && !underWay.has(`${model} ${id}`));
    if (missing.length > 0) bring.push({ placement: placement.id, model: placement.model, agents: missing.map(({ id }) => id) });
    states.push(stateOf(placement, model, fate));
  }
  return { bring, keep: new Map([...keep].map(([id, models]) => [id, [...models.values()]])), states };
}

interface Fate {
  readonly wanted: number;
  readonly chosen: readonly AgentRecord[];
  /** Why the others were not chosen. */
  readonly lacks: readonly string[];
}

interface ChooseDeps extends Pick<ReconcileInput, 'snapshot' | 'underWay' | 'resting'> {
  readonly rooms: Rooms;
  readonly need: number | undefined;
}

function chooseFor(placement: Placement, model: ModelName, { snapshot, underWay, resting, rooms, need }: ChooseDeps): Fate {
  const able = [...snapshot.agents.values()].filter(canTakeModels);
  const candidates = able.filter(({ labels }) => Object.entries(placement.labels).every(([name, value]) => labels[name] === value));
  const size = sizeOf(model, snapshot);
  const rank = (agent: AgentRecord) => [
    placement.loaded && agent.runners.some((runner) => runner.model === model) ? 1 : 0,
    agent.models.has(model) ? 2 : underWay.has(`${model} ${agent.id}`) ? 1 : 0,
    // Whole gigabytes: what changes with every heartbeat must not move a model from one agent to another.
    Math.floor(Math.min(rooms.left(agent), 1e15) / 1e9),
    Math.floor((agent.metrics.disk_free_bytes ?? 0) / 1e9),
  ];
  const ordered = [...candidates].sort((one, other) => compareRanks(rank(other), rank(one)) || one.id.localeCompare(other.id));
  const wanted = placement.replicas === 'all' ? candidates.length : placement.replicas;
  const chosen: AgentRecord[] = [];
  const lacks: string[] = [];
  for (const agent of ordered) {
    if (chosen.length === wanted) break;
    const lack = lackOf(agent, placement, { model, size, need, rooms, resting });
    if (lack === undefined) chosen.push(agent);
    else lacks.push(`${agent.name} ${lack}`);
  }
  if (candidates.length === 0) lacks.push(able.length === 0 ? 'no agent is online' : 'no agent that is online has these labels');
  return { wanted, chosen, lacks };
}

interface LackDeps {
  readonly model: ModelName;
  readonly size: number | undefined;
  readonly need: number | undefined;
  readonly rooms: Rooms;
  readonly resting: ReadonlySet<string>;
}

function lackOf(agent: AgentRecord, { id, loaded }: Placement, { model, size, need, rooms, resting }: LackDeps): string | undefined {
  if (loaded && agent.kept === undefined) return 'runs a version that cannot keep models in memory';
  if (loaded && !rooms.fits(agent, model, need ?? 0)) return 'has not enough memory for it';
  if (agent.models.has(model)) return undefined;
  if (resting.has(`${id} ${agent.id}`)) return 'failed to get it a moment ago';
  const free = agent.metrics.disk_free_bytes;
  return size !== undefined && free !== undefined && size > free ? 'has not enough disk for it' : undefined;
}

function stateOf({ id, loaded }: Placement, model: ModelName, { wanted, chosen, lacks }: Fate): PlacementState {
  const onDisk = chosen.filter(({ models }) => models.has(model));
  const inMemory = onDisk.filter(({ runners }) => runners.some((runner) => runner.model === model && runner.state === 'ready'));
  const there = loaded ? inMemory : onDisk;
  const isShort = chosen.length < wanted || wanted === 0;
  return {
    id,
    state: isShort ? 'short' : there.length >= wanted ? 'met' : 'working',
    wanted,
    agents: chosen.map(({ name }) => name),
    on_disk: onDisk.map(({ name }) => name),
    loaded: inMemory.map(({ name }) => name),
    ...(isShort ? { why: lacks.length > 0 ? lacks.slice(0, 10).join('; ') : `only ${chosen.length} agents could be used` } : {}),
  };
}

type Rooms = ReturnType<typeof createRooms>;

/** What the placements before have left of each agent's memory. */
function createRooms() {
  const taken = new Map<AgentId, Map<ModelName, number>>();
  const ofAgent = (id: AgentId) => taken.get(id) ?? new Map<ModelName, number>();
  const left = (agent: AgentRecord) => memoryFor(agent) - [...ofAgent(agent.id).values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    left,
    fits(agent: AgentRecord, model: ModelName, need: number): boolean {
      const models = ofAgent(agent.id);
      if (models.has(model)) return true;
      return left(agent) >= need && (agent.maxRunners === undefined || models.size < agent.maxRunners);
    },
    take(agent: AgentRecord, model: ModelName, need: number): void {
      taken.set(agent.id, ofAgent(agent.id).set(model, need));
    },
  };
}

function keepModel(keep: Map<AgentId, Map<ModelName, KeptModel>>, id: AgentId, kept: KeptModel): void {
  const models = keep.get(id) ?? new Map<ModelName, KeptModel>();
  models.set(kept.model, { ...kept, pinned: kept.pinned || models.get(kept.model)?.pinned === true });
  keep.set(id, models);
}
