import type { RequestDetail } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 60 }] } as const;

describe('the record of a request', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA })) });
  });
  after(() => fleet.close());
  afterEach(() => {
    for (const { ollama } of fleet.agents) ollama?.faults.clear();
  });

  const body = { model: 'tiny', prompt: 'go w', options: { num_predict: 12 } };
  const post = async (path: string, over: object, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fleet.post(path, { ...body, ...over }, headers);
    await response.text();
    return response.headers.get('x-coordinator-request-id') ?? '';
  };
  const detail = (id: string) =>
    eventually(async () => {
      const response = await fetch(`${fleet.url}/api/coordinator/requests/${id}`);
      expect(response.status).to.equal(200);
      return (await readAsDescribed(response, 'GET /api/coordinator/requests/{id}')) as RequestDetail;
    });

  it('shows what was expected beside what came, and how Ollama spent its time', async () => {
    const pinned = { 'x-coordinator-pin': 'one' };
    for (let index = 0; index < 4; index += 1) await post('/api/generate', {}, pinned);
    const { tries, ...request } = await detail(await post('/api/generate', {}, pinned));
    expect(request).to.include({ status: 'completed', output_tokens: 12 });
    expect(request.predicted_first_byte_ms).to.be.greaterThan(0);
    expect(request.predicted_total_ms).to.be.greaterThan(request.predicted_first_byte_ms ?? Infinity);
    expect(tries).to.have.length(1);
    const [attempt] = tries;
    expect(attempt).to.include({ outcome: 'completed', output_limit: 12, output_tokens: 12, in_flight: 0, runner: 'ready' });
    expect(attempt?.prefill_ms).to.be.a('number');
    expect(attempt?.decode_ms).to.be.greaterThan(50);
    expect(attempt?.predicted?.decode_ms).to.be.greaterThan(0);
    const listed = (await (await fetch(`${fleet.url}/api/coordinator/requests?limit=1`)).json()) as { requests: object[] };
    expect(listed.requests).to.deep.equal([request]);
  });

  it('has each agent that received it', async () => {
    for (const { ollama } of fleet.agents)
      ollama?.faults.add({ fault: { kind: 'load-failure' }, match: { path: '/api/generate' }, times: 1 });
    const { tries, attempts } = await detail(await post('/api/generate', {}));
    expect(attempts).to.equal(2);
    expect(tries.map(({ attempt, outcome }) => [attempt, outcome])).to.deep.equal([
      [1, 'failed'],
      [2, 'failed'],
    ]);
  });

  it('has the coordinator’s own times where the answer carries none', async () => {
    const { tries } = await detail(
      await post('/v1/chat/completions', { messages: [{ role: 'user', content: 'go w' }], max_tokens: 12, stream: true }),
    );
    expect(tries[0]).to.include({ outcome: 'completed', output_limit: 12 });
    expect(tries[0]?.decode_ms).to.equal(undefined);
    expect(tries[0]?.chunks).to.be.greaterThan(5);
    expect(tries[0]?.total_ms).to.be.greaterThan(tries[0]?.first_byte_ms ?? Infinity);
  });

  it('is answered 404 for a request that the history does not have', async () => {
    const response = await fetch(`${fleet.url}/api/coordinator/requests/none`);
    expect(response.status).to.equal(404);
    await readAsDescribed(response, 'GET /api/coordinator/requests/{id}');
  });
});
