import { expect } from 'chai';
import { eventually } from '../../../support/eventually.js';
import type { RowTest, VerbsFleet } from '../verbs-fleet.js';

const chat = { model: 'tiny', messages: [{ role: 'user', content: 'hello q' }], options: { num_predict: 3 }, max_tokens: 3, stream: false };

/** The answer comes from one agent, and from one that a pin names. */
const answered =
  (path: string, body: object, pattern: RegExp): RowTest =>
  async ({ send }) => {
    const reply = await send('POST', path, body);
    expect(reply.status, reply.text).to.equal(200);
    expect(reply.text).to.match(pattern);
    expect(reply.agent).to.be.oneOf(['a', 'b', 'c']);
    const refused = await send('POST', path, { ...body, model: 'nope-x' });
    expect(refused.status).to.equal(404);
    expect(refused.text).to.match(/nope-x\\?['"] not found/);
  };

const pinned = (name: string) => ({ 'x-coordinator-pin': name });

/** The agents that have `tiny` in memory. */
async function loadedOn({ send }: VerbsFleet): Promise<string[]> {
  const { models } = (await send('GET', '/api/ps?agents=1')).json<{ models: { name: string; agents: { name: string }[] }[] }>();
  return models
    .filter(({ name }) => name === 'tiny:latest')
    .flatMap(({ agents }) => agents.map(({ name }) => name))
    .sort();
}

async function unloadEverywhere(fleet: VerbsFleet): Promise<void> {
  await fleet.send('POST', '/api/generate', { model: 'tiny', keep_alive: 0 });
  await eventually(async () => expect(await loadedOn(fleet)).to.deep.equal([]));
}

const loads =
  (path: string, body: object): RowTest =>
  async (fleet) => {
    await unloadEverywhere(fleet);
    const first = await fleet.send('POST', path, body, pinned('b'));
    expect(first.json()).to.include({ done: true, done_reason: 'load' });
    await eventually(async () => expect(await loadedOn(fleet)).to.deep.equal(['b']));
    for (let time = 0; time < 4; time += 1) expect((await fleet.send('POST', path, { ...body, keep_alive: '20m' })).agent).to.equal('b');
    expect(await loadedOn(fleet)).to.deep.equal(['b']);
  };

const image = { model: 'tiny', prompt: 'a cat', image: 'iVBORw0KGgo=' };

/** The fleet of these tests is too new for the route; version-routing.test.ts has one that is not. */
const needs =
  (path: string, body: object, versions: string): RowTest =>
  async ({ send }) => {
    const refused = await send('POST', path, body);
    expect(refused.status).to.equal(404);
    expect(refused.text).to.contain(
      `${path} needs Ollama ${versions}, and no agent that could answer has it (a: 0.32.15, b: 0.32.15, c: 0.32.15)`,
    );
  };

export const requestRows: Readonly<Record<string, RowTest>> = {
  'POST /api/chat': answered('/api/chat', chat, /echo-q/),
  'POST /api/generate': answered(
    '/api/generate',
    { model: 'tiny', prompt: 'hello q', options: { num_predict: 3 }, stream: false },
    /echo-q/,
  ),
  'POST /api/chat without messages': loads('/api/chat', { model: 'tiny', messages: [] }),
  'POST /api/generate without prompt': loads('/api/generate', { model: 'tiny' }),
  'POST /api/generate with keep_alive 0': async (fleet) => {
    const load = { model: 'tiny' };
    for (const name of ['a', 'c']) await fleet.send('POST', '/api/generate', load, pinned(name));
    await fleet.send('POST', '/api/generate', { ...load, options: { num_ctx: 1024 } }, pinned('b'));
    await eventually(async () => expect(await loadedOn(fleet)).to.deep.equal(['a', 'b', 'c']));
    const one = await fleet.send('POST', '/api/generate', { ...load, keep_alive: 0 }, pinned('c'));
    expect({ agent: one.agent, reason: one.json().done_reason }).to.deep.equal({ agent: 'c', reason: 'unload' });
    expect(await loadedOn(fleet)).to.deep.equal(['a', 'b']);
    expect((await fleet.send('POST', '/api/chat', { model: 'TINY:latest', keep_alive: '0s' })).agent).to.equal('a, b');
    expect(await loadedOn(fleet)).to.deep.equal([]);
    expect((await fleet.send('POST', '/api/generate', { ...load, keep_alive: 0 })).json()).to.include({
      response: '',
      done_reason: 'unload',
    });
    expect((await fleet.send('POST', '/api/generate', { model: 'nope-x', keep_alive: 0 })).status).to.equal(404);
  },
  'POST /api/embed': async ({ send, give }) => {
    await give({ name: 'embedder', kind: 'embedding' }, 'b');
    const reply = await send('POST', '/api/embed', { model: 'embedder', input: ['one', 'two'] });
    expect({ agent: reply.agent, vectors: reply.json<{ embeddings: unknown[] }>().embeddings.length }).to.deep.equal({
      agent: 'b',
      vectors: 2,
    });
  },
  'POST /api/embeddings': async ({ send, give }) => {
    await give({ name: 'embedder', kind: 'embedding' }, 'b');
    expect((await send('POST', '/api/embeddings', { model: 'embedder', prompt: 'one' })).json()).to.have.property('embedding');
  },
  'POST /v1/chat/completions': answered('/v1/chat/completions', chat, /"object":"chat.completion"[\s\S]*echo-q/),
  'POST /v1/completions': answered('/v1/completions', { model: 'tiny', prompt: 'hello q', max_tokens: 3 }, /echo-q/),
  'POST /v1/embeddings': async ({ send, give }) => {
    await give({ name: 'embedder', kind: 'embedding' }, 'b');
    expect((await send('POST', '/v1/embeddings', { model: 'embedder', input: 'one' })).json()).to.have.nested.property('data[0].embedding');
  },
  'POST /v1/responses': answered(
    '/v1/responses',
    { model: 'tiny', input: 'hello q', max_output_tokens: 3 },
    /"object":"response"[\s\S]*echo-q/,
  ),
  'POST /v1/messages': answered('/v1/messages', chat, /"type":"message"[\s\S]*echo-q/),
  'POST /v1/audio/transcriptions': async ({ fleet, give }) => {
    await give({ name: 'hears' }, 'c');
    const ask = async (model: string) => {
      const form = new FormData();
      form.append('file', new Blob([Buffer.alloc(200_000, 7)]), 'speech.wav');
      form.append('model', model);
      form.append('prompt', 'say z');
      return fetch(`${fleet.url}/v1/audio/transcriptions`, { method: 'POST', body: form });
    };
    const heard = await ask('hears');
    expect({ agent: heard.headers.get('x-coordinator-agent'), body: await heard.json() }).to.deep.equal({
      agent: 'c',
      body: { text: '200000 bytes, echo-z' },
    });
    const refused = await ask('nope-x');
    expect({ status: refused.status, body: await refused.json() }).to.deep.include({ status: 404 });
  },
  'POST /v1/images/generations': needs('/v1/images/generations', image, '0.14.3 to 0.32.5'),
  'POST /v1/images/edits': needs('/v1/images/edits', image, '0.15.0 to 0.32.5'),
};
