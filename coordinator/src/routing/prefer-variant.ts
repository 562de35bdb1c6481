import type { AgentId, ModelName } from '@ollama-coordinator/common/balancing';
import { standingOf } from '../balancing/agent-standing.js';
import type { VariantPolicy } from '../fleet/variant-policy.js';
import { variantsOf } from '../fleet/variants.js';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';
import type { Among } from './among.js';

/** Where copies of a model differ, the agents that have the build which the policy names. */
export interface PreferVariant {
  /** Undefined where all copies are the same, or all will do. Asked for each request. */
  narrow(model: ModelName): Among | undefined;
  close(): void;
}

export interface PreferVariantDeps {
  readonly fleet: Pick<FleetView, 'snapshot' | 'onChange'>;
  readonly policy: VariantPolicy;
}

/** What of an agent matters here, by identity. */
type Seen = Pick<AgentRecord, 'models'> & { readonly isAvailable: boolean };

/** Follows the copies in the fleet, so that a request pays one look into a map. Agents that can serve count; others where none can. */
export function createPreferVariant({ fleet, policy }: PreferVariantDeps): PreferVariant {
  const narrowings = new Map<ModelName, Among>();
  const seen = new Map<AgentId, Seen>();
  let rules = policy.rules();

  /** Adds the models whose copies changed. */
  function take(id: AgentId, record: AgentRecord | undefined, touched: Set<ModelName>): void {
    const before = seen.get(id);
    const after = record && { models: record.models, isAvailable: standingOf(record) === 'available' };
    if (before?.models === after?.models && before?.isAvailable === after?.isAvailable) return;
    for (const one of [before, after]) for (const name of one?.models.keys() ?? []) touched.add(name);
    if (after) seen.set(id, after);
    else seen.delete(id);
  }
  function look(model: ModelName): void {
    narrowings.delete(model);
    const wanted = policy.wanted(model);
    if (wanted === 'any') return;
    const holders = fleet.snapshot().agentsByModel.get(model) ?? [];
    const available = holders.filter((agent) => standingOf(agent) === 'available');
    const [preferred, other] = variantsOf(model, available.length > 0 ? available : holders, wanted);
    if (!preferred || !other) return;
    const { digest } = preferred;
    narrowings.set(model, { line: `digest ${digest}`, includes: (agent) => agent.models.get(model)?.digest === digest });
  }
  function follow(changed: Iterable<AgentRecord>, removed: readonly AgentId[]): void {
    const touched = new Set<ModelName>();
    for (const id of removed) take(id, undefined, touched);
    for (const record of changed) take(record.id, record, touched);
    for (const model of touched) look(model);
  }
  follow(fleet.snapshot().agents.values(), []);
  const stop = fleet.onChange((_snapshot, { changed, removed }) => follow(changed, removed));
  return {
    narrow(model) {
      if (policy.rules() !== rules) {
        rules = policy.rules();
        for (const name of fleet.snapshot().agentsByModel.keys()) look(name);
      }
      return narrowings.get(model);
    },
    close: stop,
  };
}
