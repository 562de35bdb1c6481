import { AppError, isCloudModelName } from '@ollama-coordinator/common';
import type { InferenceRoute } from '../http/routes.js';

/** No registered agent has the model: said in the words that the called route uses for it. */
export function unknownModel(model: string, { modelErrors }: InferenceRoute): AppError {
  if (isCloudModelName(model)) return new AppError('NO_CLOUD', { details: { what: 'remote model is unavailable' } });
  const sentence = model === '' ? modelErrors.missing.message : modelErrors.unknown.replace('{model}', model);
  return new AppError('UNKNOWN_MODEL', { details: { model, sentence } });
}
