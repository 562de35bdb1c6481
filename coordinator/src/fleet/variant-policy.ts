import { compilePatterns, normalizeModelName, type RuntimeValues } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';

type Rules = RuntimeValues['variants'];

/** Which build of a model requests go to. */
export interface VariantPolicy {
  /** `newest`, `any`, or the beginning of a digest. Asked when copies change, not for each request. */
  wanted(model: ModelName): string;
  /** What it goes by: another object after an operator changed it, so that who keeps what it answered asks again. */
  rules(): Rules;
}

/** Where nobody says anything. */
export const NEWEST: VariantPolicy = createVariantPolicy({ variants: {} });

/** By name or pattern; the first that matches counts. `settings`: the field changes when an operator changes it. */
export function createVariantPolicy(settings: Readonly<Pick<RuntimeValues, 'variants'>>): VariantPolicy {
  let compiled = compile(settings.variants);
  return {
    wanted(model) {
      if (settings.variants !== compiled.of) compiled = compile(settings.variants);
      return compiled.rules.find(({ matches }) => matches(model))?.wanted ?? 'newest';
    },
    rules: () => settings.variants,
  };
}

function compile(of: Rules) {
  const rules = Object.entries(of).map(([pattern, wanted]) => ({ matches: compilePatterns([normalizeModelName(pattern)]), wanted }));
  return { of, rules };
}
