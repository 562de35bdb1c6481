import { expect } from 'chai';
import { eventually } from '../../../support/eventually.js';
import type { RowTest } from '../verbs-fleet.js';

interface Listed {
  readonly name: string;
  readonly digest: string;
  readonly agents?: readonly unknown[];
  readonly variants?: readonly { readonly digest: string; readonly agents: readonly string[] }[];
}

export const listRows: Readonly<Record<string, RowTest>> = {
  'GET /': async ({ send }) => {
    expect((await send('GET', '/')).text).to.equal('Ollama is running');
  },
  'GET /api/version': async ({ send }) => {
    expect((await send('GET', '/api/version')).json()).to.deep.equal({ version: '0.32.15' });
  },
  'GET /api/tags': async ({ send, give }) => {
    await give({ name: 'on-two' }, 'a', 'b');
    const plain = (await send('GET', '/api/tags')).json<{ models: Listed[] }>().models;
    expect(plain.filter(({ name }) => name === 'on-two:latest')).to.have.lengthOf(1);
    expect(plain[0]).to.not.have.any.keys('agents', 'variants');
    const detailed = (await send('GET', '/api/tags?agents=1')).json<{ models: Listed[] }>().models;
    expect(detailed.find(({ name }) => name === 'on-two:latest')?.agents).to.deep.equal(['a', 'b']);
  },
  'GET /api/ps': async ({ send, fleet }) => {
    for (const pin of ['a', 'b']) await (await fleet.post('/api/generate', { model: 'tiny' }, { 'x-coordinator-pin': pin })).text();
    const list = async (query: string) => (await send('GET', `/api/ps${query}`)).json<{ models: Listed[] }>().models;
    await eventually(async () => {
      expect((await list('')).map(({ name }) => name)).to.deep.equal(['tiny:latest']);
      const agents = (await list('?agents=1'))[0]?.agents as { name: string }[];
      expect(agents.map(({ name }) => name).sort()).to.deep.equal(['a', 'b']);
    });
  },
  'GET /v1/models': async ({ send, give }) => {
    await give({ name: 'on-one' }, 'c');
    const { data } = (await send('GET', '/v1/models')).json<{ data: { id: string }[] }>();
    expect(data.map(({ id }) => id)).to.include.members(['tiny:latest', 'on-one:latest']);
  },
  'GET /v1/models/:model': async ({ send, give }) => {
    await give({ name: 'on-one' }, 'c');
    expect((await send('GET', '/v1/models/on-one')).json()).to.include({ id: 'on-one', object: 'model' });
    const refused = await send('GET', '/v1/models/nope-x');
    expect(refused.status).to.equal(404);
    expect(refused.json()).to.have.nested.property('error.type', 'not_found_error');
  },
  'GET /api/status': async ({ send }) => {
    expect((await send('GET', '/api/status')).json()).to.have.nested.property('cloud.disabled', true);
  },
};
