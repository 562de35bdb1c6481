import type { ModelReport } from '@ollama-coordinator/common';
import type { Variant } from './variants.js';

/** One entry of `/api/tags`, as Ollama writes it. */
export function tagOf(name: string, { modified_at, size_bytes, digest, details = {}, ...rest }: ModelReport) {
  const { remote_model, remote_host, capabilities } = rest;
  return { name, model: name, remote_model, remote_host, modified_at, size: size_bytes, digest, details, capabilities };
}

/** One entry of `/v1/models`, as Ollama writes it. `created` is in seconds. */
export function openaiModelOf(id: string, { name, modified_at }: ModelReport) {
  const owner = name.includes('/') ? name.slice(0, name.indexOf('/')) : 'library';
  return { id, object: 'model', created: Math.floor((Date.parse(modified_at) || 0) / 1000), owned_by: owner };
}

/** Where a model is: what `?agents=1` adds to its entry. */
export function whereaboutsOf(variants: readonly Variant[], chosen: Variant) {
  return {
    agents: namesOf(chosen),
    variants: variants.map((variant) => ({
      digest: variant.digest,
      size: variant.model.size_bytes,
      modified_at: variant.model.modified_at,
      chosen: variant === chosen,
      agents: namesOf(variant),
    })),
  };
}

function namesOf({ holders }: Variant): readonly string[] {
  return holders.map(({ name }) => name).sort();
}

/** The one modified last first, as Ollama lists them; it compares seconds. */
export function byAge(one: Aged, other: Aged): number {
  const seconds = Math.floor(other.modifiedAtMs / 1000) - Math.floor(one.modifiedAtMs / 1000);
  if (seconds !== 0) return seconds;
  return one.name < other.name ? -1 : Number(one.name > other.name);
}

interface Aged {
  readonly name: string;
  readonly modifiedAtMs: number;
}
