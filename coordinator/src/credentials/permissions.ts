import { AppError, normalizeModelName } from '@ollama-coordinator/common';
import type { NamedAgent } from './api-key.js';
import type { Caller } from './caller.js';

/** Whether the caller's key is limited to some models or agents, so that it must not see the whole fleet. */
export function isNarrowed({ key }: Caller): boolean {
  return key?.allowsModel !== undefined || key?.allowsAgent !== undefined;
}

/** `model` as it is known in the fleet, aliases resolved; written in any of the ways that Ollama takes. */
export function mayUseModel({ key }: Caller, model: string): boolean {
  return key?.allowsModel === undefined || key.allowsModel(normalizeModelName(model));
}

export function mayUseAgent({ key }: Caller, agent: NamedAgent): boolean {
  return key?.allowsAgent === undefined || key.allowsAgent(agent);
}

/** Throws FORBIDDEN_MODEL, whether the model exists or not. */
export function demandModel(caller: Caller, model: string): void {
  if (!mayUseModel(caller, model)) throw new AppError('FORBIDDEN_MODEL', { details: { model: model.slice(0, 128) } });
}
