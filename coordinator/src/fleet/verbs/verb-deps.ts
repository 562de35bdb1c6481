import { AppError, type Clock, isCloudModelName, normalizeModelName } from '@ollama-coordinator/common';
import type { RegistryRules } from '../../credentials/registry-rules.js';
import type { RequestContext } from '../../http/request-context.js';
import type { FleetView } from '../../registry/fleet-snapshot.js';
import type { Aliases } from '../../routing/aliases.js';
import type { AskAgent } from '../ask-agent.js';
import type { UploadHomes } from '../upload-homes.js';
import type { VariantPolicy } from '../variant-policy.js';

/** What the verbs that ask agents are made with. */
export interface VerbDeps {
  readonly fleet: FleetView;
  readonly ask: AskAgent;
  readonly homes: UploadHomes;
  readonly aliases: Aliases;
  readonly policy: VariantPolicy;
  readonly registries: RegistryRules;
  readonly clock: Clock;
  /** Longest wait for one agent, where an answer is no matter of work. */
  readonly verbTimeoutMs: number;
  readonly bodyLimitBytes: number;
}

export function badRequest(reason: string): AppError {
  return new AppError('BAD_REQUEST', { details: { reason } });
}

/** Throws ALIAS_NOT_MODEL where a verb that changes a model was given an alias, and no agent has a model of that name. */
export function refuseAlias(model: string, { caller }: RequestContext, { aliases }: Pick<VerbDeps, 'aliases'>): void {
  const alias = aliases.find(normalizeModelName(model), caller);
  if (alias) throw new AppError('ALIAS_NOT_MODEL', { details: { alias: model, models: alias.models.join(', ') } });
}

/** No registered agent has the model: in the words of the verb, or that it would be one of Ollama's cloud. */
export function unknownModel(model: string, sentence: string): AppError {
  if (isCloudModelName(model)) return new AppError('NO_CLOUD', { details: { what: 'remote model is unavailable' } });
  return new AppError('UNKNOWN_MODEL', { details: { model, sentence } });
}
