import { normalizeModelName } from '@ollama-coordinator/common';
import type { FleetSnapshot } from '../registry/fleet-snapshot.js';
import type { Alias } from '../routing/aliases.js';
import { byAge, tagOf, whereaboutsOf } from './describe-models.js';
import { findBehind, findPresent } from './present-variants.js';
import type { VariantPolicy } from './variant-policy.js';

/** `/api/tags?agents=1`: with the holders of each model and of each of its variants, and what each alias stands for. Pure. */
export function detailedTags(
  snapshot: FleetSnapshot,
  aliases: readonly Alias[],
  policy: VariantPolicy,
): { readonly models: readonly object[] } {
  const hidden = new Set(aliases.map(({ name }) => normalizeModelName(name)));
  const models = [...snapshot.agentsByModel.keys()].flatMap((name) => {
    const present = hidden.has(name) ? undefined : findPresent(snapshot, name, policy);
    return present ? [{ ...present, name: present.chosen.model.name, alias: undefined }] : [];
  });
  const own = aliases.flatMap((alias) => {
    const present = findBehind(snapshot, alias, policy);
    return present ? [{ ...present, name: alias.name, alias: { stands_for: present.behind, models: alias.models } }] : [];
  });
  const sorted = [...models, ...own].map((entry) => ({ ...entry, modifiedAtMs: entry.chosen.modifiedAtMs })).sort(byAge);
  return {
    models: sorted.map(({ name, chosen, variants, alias }) => ({
      ...tagOf(name, chosen.model),
      ...whereaboutsOf(variants, chosen),
      alias,
    })),
  };
}
