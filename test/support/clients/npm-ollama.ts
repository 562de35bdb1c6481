import { Ollama } from 'ollama';
import { type Client, collect, type Run } from './client.js';
import { CHAT, GENERATE, INPUTS, MISSING, OPTIONS } from './prompts.js';

const using =
  (ask: (ollama: Ollama, pullable: string) => Promise<unknown>): Run =>
  ({ url, pullable }) =>
    ask(new Ollama({ host: url }), pullable);

/** npm `ollama`: every verb that it has and that changes nothing elsewhere. */
export const NPM_OLLAMA: Client = {
  name: 'npm ollama',
  verbs: {
    version: using((ollama) => ollama.version()),
    list: using((ollama) => ollama.list()),
    show: using((ollama) => ollama.show({ model: 'tiny' })),
    load: using((ollama) => ollama.generate({ model: 'tiny', prompt: '' })),
    chat: using((ollama) => ollama.chat({ ...CHAT, options: OPTIONS })),
    'chat, streamed': using((ollama) => collect(ollama.chat({ ...CHAT, options: OPTIONS, stream: true }))),
    generate: using((ollama) => ollama.generate({ ...GENERATE, options: OPTIONS })),
    'generate, streamed': using((ollama) => collect(ollama.generate({ ...GENERATE, options: OPTIONS, stream: true }))),
    ps: using((ollama) => ollama.ps()),
    embed: using((ollama) => ollama.embed({ model: 'tiny-embed', input: INPUTS })),
    embeddings: using((ollama) => ollama.embeddings({ model: 'tiny-embed', prompt: 'one' })),
    unload: using((ollama) => ollama.generate({ model: 'tiny', prompt: '', keep_alive: 0 })),
    copy: using(async (ollama) => [await ollama.copy({ source: 'tiny', destination: 'copied' }), await ollama.list()]),
    delete: using(async (ollama) => [await ollama.delete({ model: 'copied' }), await ollama.list()]),
    create: using(async (ollama) => [
      await ollama.create({ model: 'made', from: 'tiny', system: 'Be brief.' }),
      await ollama.show({ model: 'made' }),
      await ollama.delete({ model: 'made' }),
    ]),
    pull: using(async (ollama, pullable) => [
      await ollama.pull({ model: pullable, insecure: true }),
      await ollama.list(),
      await ollama.delete({ model: pullable }),
    ]),
    'pull, streamed': using(async (ollama, pullable) => {
      const progress = await collect(ollama.pull({ model: pullable, insecure: true, stream: true }));
      await ollama.delete({ model: pullable });
      return [...new Set(progress.map(({ status }) => status))];
    }),
    'chat, unknown model': using((ollama) => ollama.chat({ ...CHAT, model: MISSING })),
    'show, unknown model': using((ollama) => ollama.show({ model: MISSING })),
    'copy, unknown model': using((ollama) => ollama.copy({ source: MISSING, destination: 'copied' })),
    'delete, unknown model': using((ollama) => ollama.delete({ model: MISSING })),
    'pull, unknown model': using((ollama, pullable) => ollama.pull({ model: `${pullable}-not`, insecure: true })),
  },
};
