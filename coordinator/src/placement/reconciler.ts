import { isDeepStrictEqual } from 'node:util';
import {
  type Clock,
  describeCause,
  type Job,
  type KeptModel,
  type Logger,
  normalizeModelName,
  type PlacementState,
  type Timer,
} from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { canTakeModels } from '../jobs/can-take-models.js';
import type { Jobs } from '../jobs/create-jobs.js';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';
import type { PlacementStore } from './placement-store.js';
import type { PutKept } from './put-kept.js';
import { type Bring, reconcile } from './reconcile.js';
import { createRelevance } from './relevant-changes.js';
import { createRests } from './rests.js';

export interface ReconcilerDeps {
  readonly fleet: FleetView;
  readonly store: PlacementStore;
  readonly jobs: Pick<Jobs, 'add' | 'list' | 'follow'>;
  readonly putKept: PutKept;
  /** Whether this replica is the one that carries placements out. Rejects while Redis is away. */
  readonly holdsLease: () => Promise<boolean>;
  readonly onState: (state: PlacementState) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A change of the fleet is acted upon this much later, together with those that follow it. */
const GATHER_MS = 500;
/** And without one, this often: words to agents may be lost, rests end. */
const PERIOD_MS = 5000;
const MOST_JOBS = 200;

/** Makes the fleet what its placements say, whenever it or they change. Of all replicas one acts. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #rests;
  readonly #states = new Map<string, PlacementState['state']>();
  readonly #stops: (() => void)[] = [];
  #soon: Timer | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#rests = createRests(deps.clock);
  }

  start(): void {
    const { fleet, clock, store } = this.#deps;
    const isRelevant = createRelevance();
    this.#stops.push(fleet.onChange((_snapshot, diff) => void (isRelevant(diff) && store.known().length > 0 && this.wake())));
    this.#stops.push(fleet.onEvent(({ type }) => void (type === 'placement_changed' && this.wake())));
    const period = clock.setInterval(() => this.#run(), PERIOD_MS);
    this.#stops.push(() => period.cancel());
    this.wake();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    this.#soon?.cancel();
    await this.#running;
  }

  /** Something has changed: look at it soon. */
  wake(): void {
    this.#soon ??= this.#deps.clock.setTimeout(() => {
      this.#soon = undefined;
      this.#run();
    }, GATHER_MS);
  }

  #run(): void {
    this.#running = this.#running
      .then(() => this.#reconcile())
      .catch((error: unknown) => {
        this.#deps.log.debug({ cause: describeCause(error) }, 'placements could not be looked at');
      });
  }

  async #reconcile(): Promise<void> {
    const { fleet, store, jobs, holdsLease } = this.#deps;
    const placements = await store.list();
    const agents = [...fleet.snapshot().agents.values()].filter(canTakeModels);
    if (placements.length === 0 && agents.every(({ kept = [] }) => kept.length === 0)) return;
    if (!(await holdsLease())) return;
    const underWay = placements.length === 0 ? new Set<string>() : pairsUnderWay(await jobs.list(MOST_JOBS));
    const plan = reconcile({ placements, snapshot: fleet.snapshot(), underWay, resting: this.#rests.resting() });
    await Promise.all(plan.bring.map((bring) => this.#bring(bring)));
    await Promise.all(agents.map((agent) => this.#tell(agent, plan.keep.get(agent.id) ?? [])));
    this.#show(plan.states);
  }

  async #bring({ placement, model, agents }: Bring): Promise<void> {
    const { jobs, log } = this.#deps;
    const rest = (ids: readonly AgentId[]) => ids.forEach((id) => void this.#rests.rest(`${placement} ${id}`));
    try {
      const job = await jobs.add({ kind: 'placement', model, agents: [...agents], loaded: false }, { caller: `placement ${placement}` });
      jobs.follow(job.id, (news) => {
        if (!(news instanceof Error))
          rest(news.parts.filter(({ state }) => news.state === 'failed' && state === 'failed').map(({ agent_id: id }) => id));
      });
    } catch (error) {
      log.warn({ placement, reason: describeCause(error) }, 'a model of a placement could not be brought to its agents');
      rest(agents);
    }
  }

  /** An agent that does not report what it keeps is too old to be told. */
  async #tell(agent: AgentRecord, kept: readonly KeptModel[]): Promise<void> {
    if (agent.kept === undefined || isDeepStrictEqual(sorted(agent.kept), sorted(kept))) return;
    const failure = await this.#deps.putKept(agent, kept);
    if (failure !== undefined) this.#deps.log.debug({ agent: agent.name, reason: failure }, 'an agent could not be told what to keep');
  }

  #show(states: readonly PlacementState[]): void {
    for (const state of states) {
      if (this.#states.get(state.id) !== state.state && state.state !== 'working') this.#deps.onState(state);
      this.#states.set(state.id, state.state);
    }
    for (const id of this.#states.keys()) if (!states.some((state) => state.id === id)) this.#states.delete(id);
  }
}

/** `<model> <agent id>` of everything that jobs bring at this moment. */
function pairsUnderWay(jobs: readonly Job[]): ReadonlySet<string> {
  const bringing = jobs.filter(({ kind, ended_at: endedAt }) => endedAt === undefined && (kind === 'pull' || kind === 'placement'));
  const pairs = bringing.flatMap(({ model, parts }) =>
    parts.filter(({ state }) => state === 'waiting' || state === 'active').map(({ agent_id: id }) => `${normalizeModelName(model)} ${id}`),
  );
  return new Set(pairs);
}

function sorted(kept: readonly KeptModel[]): readonly KeptModel[] {
  return [...kept].sort((one, other) => one.model.localeCompare(other.model));
}
