import type { Agent } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

describe('GET /api/agents (T013)', function () {
  this.timeout(30_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet();
  });
  after(() => fleet.close());

  const call = async (method: string, path: string, name: string, body?: unknown) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(fleet.url + path, { method, ...init });
    return { status: response.status, answer: await readAsDescribed(response, name) };
  };

  it('is an empty list before any agent registered', async () => {
    expect(await call('GET', '/api/agents', 'GET /api/agents')).to.deep.equal({ status: 200, answer: [] });
  });

  it('lists every agent with its models and figures', async () => {
    await fleet.addAgent({ name: 'one', env: { AGENT_LABELS: 'room=lab' } });
    await fleet.addAgent({ name: 'two' });
    const { answer } = await call('GET', '/api/agents', 'GET /api/agents');
    const agents = answer as Agent[];
    expect(agents.map(({ name, status }) => `${name} ${status}`).sort()).to.deep.equal(['one online', 'two online']);
    expect(agents.find(({ name }) => name === 'one')?.labels).to.deep.equal({ room: 'lab' });
    for (const { models } of agents) expect(models).not.to.be.empty;
  });

  it('gives one agent by id and by name', async () => {
    const { answer } = await call('GET', '/api/agents/one', 'GET /api/agents/{id}');
    const { id } = answer as Agent;
    expect((await call('GET', `/api/agents/${id}`, 'GET /api/agents/{id}')).answer).to.include({ id, name: 'one' });
    expect((await call('GET', '/api/agents/nobody', 'GET /api/agents/{id}')).status).to.equal(404);
  });

  it('changes name, labels, weight and tier, and refuses anything else', async () => {
    const patched = await call('PATCH', '/api/agents/one', 'PATCH /api/agents/{id}', { weight: 2, tier: 1, labels: { room: 'attic' } });
    expect(patched.answer).to.deep.include({ weight: 2, tier: 1, labels: { room: 'attic' } });
    expect((await call('PATCH', '/api/agents/one', 'PATCH /api/agents/{id}', { slots: 9 })).status).to.equal(400);
  });

  it('drains an agent, and takes it back', async () => {
    const drained = await call('POST', '/api/agents/two/drain', 'POST /api/agents/{id}/drain');
    expect(drained.answer).to.include({ status: 'draining' });
    const resumed = await call('DELETE', '/api/agents/two/drain', 'DELETE /api/agents/{id}/drain');
    expect(resumed.status).to.equal(200);
  });

  for (const path of ['/api/agents/one/health', '/api/coordinator/requests', '/api/coordinator/events', '/api/coordinator/stats']) {
    it(`describes GET ${path} as it answers`, async () => {
      expect((await call('GET', path, `GET ${path.replace('one', '{id}')}`)).status).to.equal(200);
    });
  }

  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/dashboard', '/api/version', '/api/tags', '/api/ps', '/v1/models']) {
    it(`describes GET ${path} as it answers`, async () => {
      expect((await call('GET', path, `GET ${path}`)).status).to.equal(200);
    });
  }

  it('removes an agent', async () => {
    expect((await call('DELETE', '/api/agents/nobody', 'DELETE /api/agents/{id}')).status).to.equal(404);
    await fleet.agents.find(({ name }) => name === 'two')?.program.stop();
    expect((await call('DELETE', '/api/agents/two', 'DELETE /api/agents/{id}')).status).to.equal(204);
    expect((await fleet.listAgents()).map(({ name }) => name)).to.deep.equal(['one']);
  });
});
