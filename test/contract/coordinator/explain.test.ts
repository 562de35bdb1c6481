import type { Explanation } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const JSON_BODY = { 'content-type': 'application/json' };
const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;

describe('contract of /api/coordinator/explain', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_RAISE_NUM_CTX: 'tiny' },
      agents: [
        { name: 'one', ollama: OLLAMA },
        { name: 'two', ollama: OLLAMA, env: { AGENT_LABELS: 'room=lab' } },
        { name: 'bare', ollama: { models: [] } },
      ],
    });
  });
  after(() => fleet.close());

  const post = async (body: unknown) => {
    const response = await fleet.post('/api/coordinator/explain', body);
    return { status: response.status, body: (await readAsDescribed(response, 'POST /api/coordinator/explain')) as Explanation };
  };
  const get = async (query: string) => {
    const response = await fetch(`${fleet.url}/api/coordinator/explain?${query}`);
    return { status: response.status, body: (await readAsDescribed(response, 'GET /api/coordinator/explain')) as Explanation };
  };
  const names = (entries: readonly { agent_name: string }[]) => entries.map(({ agent_name }) => agent_name).sort();

  it('says where a request would go, and why not elsewhere', async () => {
    const { status, body } = await post({
      model: 'tiny',
      options: { num_ctx: 8192, temperature: 1 },
      prompt_tokens: 4000,
      output_tokens: 300,
      session: 's',
    });
    expect(status).to.equal(200);
    expect(body.request).to.deep.equal({
      model: 'tiny:latest',
      signature: 'tiny:latest;num_ctx=8192',
      operation: 'chat',
      caller: '127.0.0.1',
      session: 's',
      prompt_tokens: 4000,
      output_tokens: 300,
    });
    expect(names(body.candidates)).to.deep.equal(['one', 'two']);
    expect(body.rejected).to.have.lengthOf(1);
    expect(body.rejected[0]).to.include({ agent_name: 'bare', reason: 'does not have tiny:latest' });
    expect(['one', 'two']).to.include(body.choice.agent_name);
    for (const { cost_s, parts } of body.candidates)
      expect(parts.reduce((sum, { seconds }) => sum + seconds, 0)).to.be.closeTo(cost_s, 1e-9);
  });
  it('answers the same by GET', async () => {
    const query = 'model=tiny&num_ctx=8192&use_mmap=false&pin=room%3Dlab&caller=ann&prompt_tokens=9';
    const { status, body } = await get(query);
    expect(status).to.equal(200);
    expect(body.request).to.include({
      signature: 'tiny:latest;num_ctx=8192;use_mmap=false',
      pin: 'room=lab',
      caller: 'ann',
      prompt_tokens: 9,
    });
    expect(names(body.candidates)).to.deep.equal(['two']);
    expect(body.choice.agent_name).to.equal('two');
  });
  it('explains a model that nobody has', async () => {
    const { status, body } = await get('model=nowhere');
    expect(status).to.equal(200);
    expect(body.choice).to.deep.equal({ waits: false, why: "model 'nowhere:latest' not found", error_code: 'UNKNOWN_MODEL' });
    expect(body.rejected).to.have.lengthOf(3);
  });
  for (const [what, body] of Object.entries({
    'no model': {},
    'a field that it does not know': { model: 'tiny', modell: 'x' },
    'tokens below one': { model: 'tiny', prompt_tokens: 0 },
    'an operation that it does not know': { model: 'tiny', operation: 'pull' },
  })) {
    it(`refuses ${what}`, async () => expect((await post(body)).status).to.equal(400));
  }
  it('refuses a load option that is no number', async () => expect((await get('model=tiny&num_ctx=many')).status).to.equal(400));
  it('takes no slot and leaves no trace in the history', async () => {
    await post({ model: 'tiny' });
    const stats = (await (await fetch(`${fleet.url}/api/coordinator/stats`)).json()) as { running: number; waiting: number };
    expect([stats.running, stats.waiting]).to.deep.equal([0, 0]);
    const { requests } = (await (await fetch(`${fleet.url}/api/coordinator/requests`)).json()) as { requests: unknown[] };
    expect(requests).to.deep.equal([]);
  });
  it('takes the num_ctx that the request would get, and the model that an alias stands for', async () => {
    const load = { model: 'tiny', options: { num_ctx: 8192 }, stream: false };
    await (await fleet.post('/api/generate', load, { 'x-coordinator-pin': 'one' })).text();
    const settings = { method: 'PATCH', body: JSON.stringify({ aliases: { small: ['nowhere', 'tiny'] } }) };
    expect((await fetch(`${fleet.url}/api/coordinator/settings`, { ...settings, headers: JSON_BODY })).status).to.equal(200);
    await eventually(async () => {
      const { body } = await get('model=small&num_ctx=2048');
      expect(body.request).to.include({ model: 'tiny:latest', signature: 'tiny:latest;num_ctx=8192' });
      expect(body.request.notes?.[0]).to.equal('small stands for tiny');
      expect(body.request.notes?.[1]).to.match(/^num_ctx 2048 became 8192: one would have reloaded /);
      expect(body.choice.agent_name).to.equal('one');
    });
  });
});
