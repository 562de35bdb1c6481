import OpenAI, { toFile } from 'openai';
import { type Client, collect, type Run } from './client.js';
import { CHAT, GENERATE, INPUTS, MISSING } from './prompts.js';

const using =
  (ask: (openai: OpenAI) => Promise<unknown>): Run =>
  ({ url }) =>
    ask(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 }));

const LIMIT = { max_tokens: 5, temperature: 0, seed: 1 };
const recording = () => toFile(Buffer.from('RIFF of a recording'), 'said.wav');

/** npm `openai`. */
export const NPM_OPENAI: Client = {
  name: 'npm openai',
  verbs: {
    list: using(async (openai) => (await openai.models.list()).data),
    show: using((openai) => openai.models.retrieve('tiny')),
    chat: using((openai) => openai.chat.completions.create({ ...CHAT, ...LIMIT })),
    'chat, streamed': using((openai) =>
      collect(openai.chat.completions.create({ ...CHAT, ...LIMIT, stream: true, stream_options: { include_usage: true } })),
    ),
    generate: using((openai) => openai.completions.create({ ...GENERATE, ...LIMIT })),
    'generate, streamed': using((openai) => collect(openai.completions.create({ ...GENERATE, ...LIMIT, stream: true }))),
    embed: using((openai) => openai.embeddings.create({ model: 'tiny-embed', input: INPUTS })),
    'chat, unknown model': using((openai) => openai.chat.completions.create({ ...CHAT, model: MISSING })),
    'show, unknown model': using((openai) => openai.models.retrieve(MISSING)),
    'embed, unknown model': using((openai) => openai.embeddings.create({ model: MISSING, input: INPUTS })),
    responses: using((openai) => openai.responses.create({ model: 'tiny', input: 'hello k', max_output_tokens: 5 })),
    'responses, streamed': using((openai) =>
      collect(openai.responses.create({ model: 'tiny', input: 'hello k', max_output_tokens: 5, stream: true })),
    ),
    'responses, unknown model': using((openai) => openai.responses.create({ model: MISSING, input: 'hello k' })),
    transcribe: using(async (openai) => openai.audio.transcriptions.create({ model: 'tiny', file: await recording(), prompt: 'z' })),
    'transcribe, unknown model': using(async (openai) => openai.audio.transcriptions.create({ model: MISSING, file: await recording() })),
  },
};
