import { type ModelReport, normalizeModelName } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { FleetSnapshot } from '../registry/fleet-snapshot.js';
import type { Alias } from '../routing/aliases.js';
import { byAge, openaiModelOf, tagOf } from './describe-models.js';
import { findBehind, findPresent } from './present-variants.js';
import type { VariantPolicy } from './variant-policy.js';

/**
 * `/api/tags` and `/v1/models` as bodies: the union over the agents that are there, and the aliases. Each model's text is made
 * again only when its holders changed, and the whole only when a text did, so that asking costs nothing however large the fleet is.
 */
export interface ModelList {
  /** Says that holders of these models changed. */
  touch(names: Iterable<ModelName>): void;
  /** `aliases`: those of the caller; the same array until they change. */
  bodies(snapshot: FleetSnapshot, aliases: readonly Alias[]): ListBodies;
}

export interface ListBodies {
  readonly tags: Buffer;
  readonly openai: Buffer;
}

/** A model as the lists show it. */
interface Listed {
  readonly name: string;
  readonly modifiedAtMs: number;
  readonly tag: string;
  readonly openai: string;
}

/** Bodies are kept for so many lists of aliases: those of everyone, and of keys that have their own. */
const MOST_KEPT = 32;

export function createModelList(policy: VariantPolicy): ModelList {
  const listed = new Map<ModelName, Listed>();
  const touched = new Set<ModelName>();
  const kept = new Map<readonly Alias[], ListBodies>();
  let inOrder: readonly Listed[] = [];
  let rules = policy.rules();

  function catchUp(snapshot: FleetSnapshot): void {
    if (policy.rules() !== rules) {
      rules = policy.rules();
      for (const name of listed.keys()) touched.add(name);
    }
    if (touched.size === 0) return;
    for (const name of touched) {
      const chosen = findPresent(snapshot, name, policy)?.chosen;
      if (chosen) listed.set(name, listModel(chosen.model.name, chosen));
      else listed.delete(name);
    }
    touched.clear();
    inOrder = [...listed.values()].sort(byAge);
    kept.clear();
  }
  return {
    touch(names) {
      for (const name of names) touched.add(name);
    },
    bodies(snapshot, aliases) {
      catchUp(snapshot);
      const known = kept.get(aliases);
      if (known) return known;
      if (kept.size >= MOST_KEPT) kept.clear();
      const made = toBodies(withAliases(snapshot, inOrder, aliases, policy));
      kept.set(aliases, made);
      return made;
    },
  };
}

function toBodies(listed: readonly Listed[]): ListBodies {
  return {
    tags: Buffer.from(`{"models":[${listed.map(({ tag }) => tag).join(',')}]}`),
    openai: Buffer.from(`{"object":"list","data":[${listed.map(({ openai }) => openai).join(',')}]}\n`),
  };
}

/** With the aliases among them, each shown as what it stands for at this moment. A model of an alias's name is hidden by it. */
function withAliases(
  snapshot: FleetSnapshot,
  listed: readonly Listed[],
  aliases: readonly Alias[],
  policy: VariantPolicy,
): readonly Listed[] {
  if (aliases.length === 0) return listed;
  const names = new Set(aliases.map(({ name }) => normalizeModelName(name)));
  const own = aliases.flatMap((alias) => {
    const chosen = findBehind(snapshot, alias, policy)?.chosen;
    return chosen ? [listModel(alias.name, chosen)] : [];
  });
  return [...listed.filter(({ name }) => !names.has(normalizeModelName(name))), ...own].sort(byAge);
}

function listModel(name: string, { model, modifiedAtMs }: { readonly model: ModelReport; readonly modifiedAtMs: number }): Listed {
  return { name, modifiedAtMs, tag: JSON.stringify(tagOf(name, model)), openai: JSON.stringify(openaiModelOf(name, model)) };
}
