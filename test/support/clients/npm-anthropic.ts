import Anthropic from '@anthropic-ai/sdk';
import { type Client, collect, type Run } from './client.js';
import { CHAT, MISSING } from './prompts.js';

const using =
  (ask: (anthropic: Anthropic) => Promise<unknown>): Run =>
  ({ url }) =>
    ask(new Anthropic({ baseURL: url, apiKey: 'unused', maxRetries: 0 }));

/** npm `@anthropic-ai/sdk`. */
export const NPM_ANTHROPIC: Client = {
  name: 'npm @anthropic-ai/sdk',
  verbs: {
    messages: using((anthropic) => anthropic.messages.create({ ...CHAT, max_tokens: 5 })),
    'messages, streamed': using((anthropic) => collect(anthropic.messages.create({ ...CHAT, max_tokens: 5, stream: true }))),
    'messages, unknown model': using((anthropic) => anthropic.messages.create({ ...CHAT, model: MISSING, max_tokens: 5 })),
  },
};
