import {
  AppError,
  type Clock,
  isCloudModelName,
  isModelName,
  normalizeModelName,
  type PlacementRules,
  type PlacementState,
  type PlacementView,
} from '@ollama-coordinator/common';
import type { InRedis } from '../jobs/in-redis.js';
import type { FleetView } from '../registry/fleet-snapshot.js';
import type { Placement, PlacementStore } from './placement-store.js';
import { reconcile } from './reconcile.js';

export interface PlacementsDeps {
  readonly store: PlacementStore;
  readonly inRedis: InRedis;
  readonly fleet: Pick<FleetView, 'snapshot'>;
  /** A placement was made, changed or removed. */
  readonly onChanged: (id: string, model: string, what: string) => void;
  readonly clock: Pick<Clock, 'now'>;
}

/** The placements as callers see and change them. All throw JOBS_UNAVAILABLE while Redis is away. */
export interface Placements {
  list(): Promise<readonly PlacementView[]>;
  /** Throws UNKNOWN_PLACEMENT. */
  get(id: string): Promise<PlacementView>;
  /** Throws PLACEMENT_EXISTS and BAD_REQUEST. Without an id one is made of the model's name. */
  create(id: string | undefined, rules: PlacementRules, caller: string): Promise<PlacementView>;
  /** Makes it where there is none. Throws BAD_REQUEST. */
  put(id: string, rules: PlacementRules, caller: string): Promise<PlacementView>;
  /** What it brought to agents stays there. Throws UNKNOWN_PLACEMENT. */
  remove(id: string): Promise<void>;
}

export function createPlacements({ store, inRedis, fleet, onChanged, clock }: PlacementsDeps): Placements {
  const NONE: ReadonlySet<string> = new Set();

  async function list(): Promise<readonly PlacementView[]> {
    const placements = await inRedis(store.list);
    const { states } = reconcile({ placements, snapshot: fleet.snapshot(), underWay: NONE, resting: NONE });
    return placements.flatMap((placement) => {
      const status = states.find(({ id }) => id === placement.id);
      return status === undefined ? [] : [toView(placement, status)];
    });
  }

  async function get(id: string): Promise<PlacementView> {
    const found = (await list()).find((placement) => placement.id === id);
    if (found === undefined) throw new AppError('UNKNOWN_PLACEMENT', { details: { placement: id } });
    return found;
  }

  async function write(id: string, rules: PlacementRules, caller: string, isNew: boolean): Promise<PlacementView> {
    const { createdMs } = store.known().find((placement) => placement.id === id) ?? { createdMs: clock.now() };
    const placement = { ...rules, ...check(rules), id, createdMs, caller };
    if (!(await inRedis(() => store.put(placement, isNew)))) throw new AppError('PLACEMENT_EXISTS', { details: { placement: id } });
    onChanged(id, rules.model, describeRules(placement));
    return get(id);
  }

  return {
    list,
    get,
    create: (id, rules, caller) => write(id ?? slug(rules.model), rules, caller, true),
    put: (id, rules, caller) => write(id, rules, caller, false),
    async remove(id) {
      const placement = store.known().find((one) => one.id === id);
      if (!(await inRedis(() => store.remove(id)))) throw new AppError('UNKNOWN_PLACEMENT', { details: { placement: id } });
      onChanged(id, placement?.model ?? '', 'removed');
    },
  };
}

function check({ model, loaded, pinned }: PlacementRules): { readonly loaded: boolean } {
  if (!isModelName(model)) throw new AppError('BAD_REQUEST', { details: { reason: 'invalid model name' } });
  if (isCloudModelName(model))
    throw new AppError('NO_CLOUD', { details: { what: `"${model}" runs elsewhere and cannot be brought to an agent` } });
  if (pinned && loaded === false)
    throw new AppError('BAD_REQUEST', {
      details: { reason: 'conflicting options: what is pinned is loaded; leave "loaded" out, or do not pin' },
    });
  return { loaded: loaded ?? pinned };
}

function toView({ createdMs, ...rules }: Placement, status: PlacementState): PlacementView {
  return { ...rules, created_at: new Date(createdMs).toISOString(), status };
}

function describeRules({ replicas, labels, loaded, pinned }: Placement): string {
  const where = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const how = pinned ? 'pinned' : loaded ? 'loaded' : 'on disk';
  return `${how} on ${replicas === 1 ? '1 agent' : `${replicas} agents`}${where.length > 0 ? ` with ${where.join(',')}` : ''}`;
}

/** `library/llama3.2:latest` → `llama3.2`. */
function slug(model: string): string {
  const name = normalizeModelName(model).replace(/:latest$/, '');
  return (
    name
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 64) || 'placement'
  );
}
