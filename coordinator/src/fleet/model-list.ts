import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { FleetSnapshot } from '../registry/fleet-snapshot.js';
import { openaiModelOf, tagOf, whereaboutsOf } from './describe-models.js';
import { isPresent } from './is-present.js';
import { type Variant, variantsOf } from './variants.js';

/** A model as the lists show it. */
interface Listed {
  readonly name: string;
  readonly modifiedS: number;
  readonly tag: string;
  readonly openai: string;
}

/**
 * `/api/tags` and `/v1/models` as bodies: the union over the agents that are there. Each model's text is made again only when
 * its holders changed, and the whole only when a text did, so that asking costs nothing however large the fleet is.
 */
export interface ModelList {
  /** Says that holders of these models changed. */
  touch(names: Iterable<ModelName>): void;
  tags(snapshot: FleetSnapshot): Buffer;
  openai(snapshot: FleetSnapshot): Buffer;
}

export function createModelList(): ModelList {
  const listed = new Map<ModelName, Listed>();
  const touched = new Set<ModelName>();
  let inOrder: readonly Listed[] = [];
  const bodies: { tags?: Buffer; openai?: Buffer } = {};

  function catchUp(snapshot: FleetSnapshot): void {
    if (touched.size === 0) return;
    for (const name of touched) {
      const entry = listModel(snapshot, name);
      if (entry) listed.set(name, entry);
      else listed.delete(name);
    }
    touched.clear();
    inOrder = [...listed.values()].sort(byAge);
    delete bodies.tags;
    delete bodies.openai;
  }
  return {
    touch(names) {
      for (const name of names) touched.add(name);
    },
    tags(snapshot) {
      catchUp(snapshot);
      bodies.tags ??= Buffer.from(`{"models":[${inOrder.map(({ tag }) => tag).join(',')}]}`);
      return bodies.tags;
    },
    openai(snapshot) {
      catchUp(snapshot);
      bodies.openai ??= Buffer.from(`{"object":"list","data":[${inOrder.map(({ openai }) => openai).join(',')}]}\n`);
      return bodies.openai;
    },
  };
}

/** The builds of a model on agents that are there, the one that requests go to first. */
export function presentVariants({ agentsByModel }: FleetSnapshot, name: ModelName): readonly Variant[] {
  return variantsOf(name, (agentsByModel.get(name) ?? []).filter(isPresent));
}

/** `/api/tags?agents=1`: with the holders of each model, and of each of its variants. */
export function detailedTags(snapshot: FleetSnapshot): object {
  const models = [];
  for (const name of snapshot.agentsByModel.keys()) {
    const variants = presentVariants(snapshot, name);
    const [chosen] = variants;
    if (chosen) models.push({ ...tagOf(chosen.model), ...whereaboutsOf(variants, chosen), modifiedAtMs: chosen.modifiedAtMs });
  }
  const sorted = models.sort((one, other) => other.modifiedAtMs - one.modifiedAtMs || compare(one.name, other.name));
  return { models: sorted.map(({ modifiedAtMs: _, ...model }) => model) };
}

function listModel(snapshot: FleetSnapshot, name: ModelName): Listed | undefined {
  const [chosen] = presentVariants(snapshot, name);
  if (!chosen) return undefined;
  const { model, modifiedAtMs } = chosen;
  return {
    name: model.name,
    modifiedS: Math.floor(modifiedAtMs / 1000),
    tag: JSON.stringify(tagOf(model)),
    openai: JSON.stringify(openaiModelOf(model.name, model)),
  };
}

/** The one modified last first, as Ollama lists them; it compares seconds. */
function byAge(one: Listed, other: Listed): number {
  return other.modifiedS - one.modifiedS || compare(one.name, other.name);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
