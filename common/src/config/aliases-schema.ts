import { z } from 'zod';
import { isModelName, normalizeModelName } from '../model-name.js';

const modelName = z.string().refine(isModelName, { error: ({ input }) => `${JSON.stringify(input)} is no model name` });

/** One model, or several in the order in which they are tried. */
const models = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(modelName).min(1).max(16));

/** Name → the models that it stands for. */
export const aliasesSchema = z
  .record(modelName, models)
  .refine((aliases) => Object.keys(aliases).length <= 1000, 'at most 1000 aliases')
  .refine((aliases) => new Set(Object.keys(aliases).map(normalizeModelName)).size === Object.keys(aliases).length, {
    error: 'two of these are the same name to Ollama, which ignores case and adds :latest',
  });
