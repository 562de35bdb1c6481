import { compilePatterns, normalizeModelName } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';

/** Which build of a model is wanted: `newest`, `any`, or the beginning of a digest. */
export type VariantPolicy = (model: ModelName) => string;

/** Where nobody says anything. */
export const NEWEST: VariantPolicy = () => 'newest';

/** By name or pattern; the first that matches counts. Asked when copies change, not for each request. */
export function createVariantPolicy(variants: Readonly<Record<string, string>>): VariantPolicy {
  const rules = Object.entries(variants).map(([pattern, wanted]) => ({ matches: compilePatterns([normalizeModelName(pattern)]), wanted }));
  return (model) => rules.find(({ matches }) => matches(model))?.wanted ?? 'newest';
}
