import { proveInferenceRoute } from '../../support/prove-inference-route.js';

proveInferenceRoute<{ readonly done: boolean; readonly message: { readonly content: string } }>({
  title: 'POST /api/chat (T011)',
  path: '/api/chat',
  valid: { model: 'tiny', messages: [{ role: 'user', content: 'say z' }], options: { num_predict: 4 } },
  textOf: ({ message }) => message.content,
  withoutModel: { status: 400, answer: { error: 'model is required' } },
});
