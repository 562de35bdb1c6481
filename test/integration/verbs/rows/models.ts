import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { eventually } from '../../../support/eventually.js';
import type { RowTest } from '../verbs-fleet.js';

const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

export const modelRows: Readonly<Record<string, RowTest>> = {
  'POST /api/show': async ({ send, give, ollama }) => {
    await give({ name: 'shown' }, 'b', 'c');
    ollama('b').faults.add({ match: { path: '/api/show' }, fault: { kind: 'hang' } });
    const shown = await send('POST', '/api/show', { model: 'Shown' });
    ollama('b').faults.clear();
    expect({ status: shown.status, agent: shown.agent }).to.deep.equal({ status: 200, agent: 'c' });
    expect(shown.json()).to.have.property('model_info');
    const refused = await send('POST', '/api/show', { model: 'nope-x' });
    expect({ status: refused.status, body: refused.json() }).to.deep.equal({
      status: 404,
      body: { error: "model 'nope-x:latest' not found" },
    });
  },
  'POST /api/copy': async ({ send, give, holders, ollama }) => {
    await give({ name: 'original' }, 'a', 'b');
    const copied = await send('POST', '/api/copy', { source: 'original', destination: 'copy' });
    expect({ status: copied.status, text: copied.text, agent: copied.agent }).to.deep.equal({ status: 200, text: '', agent: 'a, b' });
    // Known at once: a client that goes on finds it.
    expect(await holders('copy:latest')).to.deep.equal(['a', 'b']);
    ollama('b').faults.add({ match: { path: '/api/copy' }, fault: { kind: 'hang' } });
    const partly = await send('POST', '/api/copy', { source: 'original', destination: 'second' });
    ollama('b').faults.clear();
    expect(partly.status).to.equal(502);
    expect(partly.json()).to.deep.equal({
      error:
        "model 'original' was copied to 'second' on a, but not on b (no answer within 1 s); see to the agents that failed, and ask again",
    });
  },
  'DELETE /api/delete': async ({ send, give, holders, ollama }) => {
    await give({ name: 'doomed' }, 'a', 'b', 'c');
    ollama('c').faults.add({ match: { path: '/api/delete' }, fault: { kind: 'load-failure' }, times: 1 });
    const partly = await send('DELETE', '/api/delete', { name: 'doomed' });
    expect(partly.status).to.equal(502);
    expect(partly.json<{ error: string }>().error).to.match(/^model 'doomed' was deleted on a, b, but not on c \(llama runner process has/);
    const again = await send('DELETE', '/api/delete', { model: 'doomed' });
    expect({ status: again.status, agent: again.agent }).to.deep.equal({ status: 200, agent: 'c' });
    expect(await holders('doomed:latest')).to.deep.equal([]);
    expect((await send('DELETE', '/api/delete', { model: 'doomed' })).json()).to.deep.equal({ error: "model 'doomed' not found" });
  },
  'POST /api/blobs/:digest': async ({ send }) => {
    const homes = new Set<string | null>();
    for (const content of ['one', 'two', 'three']) {
      const posted = await send('POST', `/api/blobs/${digestOf(content)}`, content);
      expect(posted.status).to.equal(201);
      homes.add(posted.agent);
    }
    expect(homes.size).to.equal(1);
    expect((await send('POST', `/api/blobs/${digestOf('one')}`, 'one')).status).to.equal(200);
    const mismatch = await send('POST', `/api/blobs/${digestOf('this')}`, 'that');
    expect(mismatch.status).to.equal(400);
    expect(mismatch.json<{ error: string }>().error).to.match(/^digest mismatch, expected "sha256:[0-9a-f]+", got "sha256:/);
  },
  'HEAD /api/blobs/:digest': async ({ send, fleet, ollama }) => {
    const [home] = [(await send('POST', `/api/blobs/${digestOf('here')}`, 'here')).agent ?? ''];
    expect((await send('HEAD', `/api/blobs/${digestOf('here')}`)).status).to.equal(200);
    const elsewhere = fleet.agents.find(({ name }) => name !== home)?.name ?? '';
    ollama(elsewhere).models.addBlob(digestOf('there'), Buffer.from('there'));
    expect((await send('HEAD', `/api/blobs/${digestOf('there')}`)).status).to.equal(404);
    expect((await send('HEAD', '/api/blobs/xyz')).status).to.equal(400);
  },
  'POST /api/create': async ({ send, give, holders }) => {
    const content = 'weights';
    const home = (await send('POST', `/api/blobs/${digestOf(content)}`, content)).agent;
    const made = await send('POST', '/api/create', { model: 'made', files: { 'model.gguf': digestOf(content) } });
    expect({ agent: made.agent, last: made.text.trim().split('\n').at(-1) }).to.deep.equal({ agent: home, last: '{"status":"success"}' });
    expect(await holders('made:latest')).to.deep.equal([home]);
    await give({ name: 'base' }, 'b');
    const derived = await send('POST', '/api/create', { model: 'derived', from: 'base', system: 'be brief', stream: false });
    expect({ agent: derived.agent, body: derived.json() }).to.deep.equal({ agent: 'b', body: { status: 'success' } });
    const apart = await send('POST', '/api/create', { model: 'x', files: { 'model.gguf': digestOf('nowhere') } });
    expect(apart.status).to.equal(400);
    expect(apart.json<{ error: string }>().error).to.match(
      /^no agent that is there has all files of this model \(sha256:[0-9a-f]+ is on none\)/,
    );
  },
  'POST /api/pull': async ({ send, holders }) => {
    const one = await send('POST', '/api/pull', { model: 'far' });
    expect(one.text.trim().split('\n').at(-1)).to.equal('{"status":"success"}');
    await eventually(async () => expect(await holders('far:latest')).to.have.lengthOf(1));
    const all = await send('POST', '/api/pull', { model: 'far', stream: false }, { 'x-coordinator-agents': 'all' });
    expect(all.json()).to.deep.equal({ status: 'success' });
    await eventually(async () => expect(await holders('far:latest')).to.deep.equal(['a', 'b', 'c']));
  },
  'POST /api/push': async ({ send, give, asked }) => {
    await give({ name: 'mine/pushed' }, 'c');
    const pushed = await send('POST', '/api/push', { model: 'mine/pushed' });
    expect({ status: pushed.status, agent: pushed.agent }).to.deep.equal({ status: 200, agent: 'c' });
    expect(pushed.text).to.match(/^\{"status":"retrieving manifest"\}\n/);
    await eventually(() => expect(['a', 'b', 'c'].map((name) => asked(name, '/api/push'))).to.deep.equal([0, 0, 1]));
  },
};
