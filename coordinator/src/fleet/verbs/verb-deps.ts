import { AppError, type Clock, isCloudModelName } from '@ollama-coordinator/common';
import type { FleetView } from '../../registry/fleet-snapshot.js';
import type { AskAgent } from '../ask-agent.js';
import type { UploadHomes } from '../upload-homes.js';

/** What the verbs that ask agents are made with. */
export interface VerbDeps {
  readonly fleet: FleetView;
  readonly ask: AskAgent;
  readonly homes: UploadHomes;
  readonly clock: Clock;
  /** Longest wait for one agent, where an answer is no matter of work. */
  readonly verbTimeoutMs: number;
  readonly bodyLimitBytes: number;
}

export function badRequest(reason: string): AppError {
  return new AppError('BAD_REQUEST', { details: { reason } });
}

/** No registered agent has the model: in the words of the verb, or that it would be one of Ollama's cloud. */
export function unknownModel(model: string, sentence: string): AppError {
  if (isCloudModelName(model)) return new AppError('NO_CLOUD', { details: { what: 'remote model is unavailable' } });
  return new AppError('UNKNOWN_MODEL', { details: { model, sentence } });
}
