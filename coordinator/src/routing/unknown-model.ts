import { AppError } from '@ollama-coordinator/common';
import type { InferenceRoute } from '../http/routes.js';

/** No registered agent has the model: said in the words that the called route uses for it. */
export function unknownModel(model: string, { modelErrors }: InferenceRoute): AppError {
  const sentence = model === '' ? modelErrors.missing.message : modelErrors.unknown.replace('{model}', model);
  return new AppError('UNKNOWN_MODEL', { details: { model, sentence } });
}
