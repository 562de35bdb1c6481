import { AppError, type CoordinatorConfig, compilePatterns, parseModelName } from '@ollama-coordinator/common';
import type { Caller } from './caller.js';

/** Where models may come from, and go to. */
export interface RegistryRules {
  /** Throws REGISTRY_NOT_ALLOWED, INSECURE_REGISTRY. What is no name of a model is left to whoever reads it next. */
  demand(caller: Caller, model: string, insecure: boolean): void;
}

/** No registries are named: every one is allowed. A registry without TLS is for administrators, and for everyone where no keys are asked for. */
export function createRegistryRules({ registries }: Pick<CoordinatorConfig, 'registries'>): RegistryRules {
  const isAllowed = registries.length === 0 ? () => true : compilePatterns(registries);
  return {
    demand({ scopes }, model, insecure) {
      const host = parseModelName(model)?.host.toLowerCase();
      if (host !== undefined && !isAllowed(host))
        throw new AppError('REGISTRY_NOT_ALLOWED', { details: { host, registries: registries.join(', ') } });
      if ((insecure || /^http:/i.test(model)) && !scopes.has('admin')) throw new AppError('INSECURE_REGISTRY');
    },
  };
}
