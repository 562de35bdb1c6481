import { proveInferenceRoute } from '../../support/prove-inference-route.js';

proveInferenceRoute<{ readonly done: boolean; readonly response: string }>({
  title: 'POST /api/generate (T012)',
  path: '/api/generate',
  valid: { model: 'tiny', prompt: 'say z', options: { num_predict: 4 } },
  textOf: ({ response }) => response,
  withoutModel: { status: 404, answer: { error: "model '' not found" } },
});
