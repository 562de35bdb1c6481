import { normalizeModelName } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { FleetSnapshot } from '../registry/fleet-snapshot.js';
import type { Alias } from '../routing/aliases.js';
import { isPresent } from './is-present.js';
import type { VariantPolicy } from './variant-policy.js';
import { type Variant, variantsOf } from './variants.js';

/** A model as it is on agents that are there. */
export interface PresentModel {
  readonly variants: readonly Variant[];
  /** The one that requests go to. */
  readonly chosen: Variant;
}

/** Undefined where no agent that is there has the model. Pure. */
export function findPresent({ agentsByModel }: FleetSnapshot, name: ModelName, policy: VariantPolicy): PresentModel | undefined {
  const variants = variantsOf(name, (agentsByModel.get(name) ?? []).filter(isPresent), policy.wanted(name));
  const [chosen] = variants;
  return chosen && { variants, chosen };
}

/** What an alias stands for at this moment: the first of its models that is there, under the name that the alias has for it. */
export function findBehind(
  snapshot: FleetSnapshot,
  { models }: Alias,
  policy: VariantPolicy,
): (PresentModel & { readonly behind: string }) | undefined {
  for (const behind of models) {
    const present = findPresent(snapshot, normalizeModelName(behind), policy);
    if (present) return { ...present, behind };
  }
  return undefined;
}
