import type { RegisterResponse } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OPERATION = 'POST /api/health';
const REGISTRATION = { agent_id: 'bench-2', incarnation: 3, machine_name: 'bench-2', ip_address: '127.0.0.1', port: 40_000 };
const HEARTBEAT = { agent_id: 'bench-2', incarnation: 3, metrics: { cpu: 0.25, memory: 0.5 } };

describe('POST /api/health (T010)', function () {
  this.timeout(30_000);
  let fleet: Fleet;
  let token: string;
  before(async () => {
    fleet = await startFleet();
    const response = await fleet.post('/api/agents/register', { ...REGISTRATION, heartbeat_ms: 10_000 });
    ({ token } = (await response.json()) as RegisterResponse);
  });
  after(() => fleet.close());

  const beat = async (body: unknown, bearer = token) => {
    const response = await fleet.post('/api/health', body, { authorization: `Bearer ${bearer}` });
    return { status: response.status, answer: (await readAsDescribed(response, OPERATION)) as Record<string, unknown> };
  };

  it('takes a heartbeat, and shows the agent with its figures', async () => {
    const { status, answer } = await beat({ ...HEARTBEAT, sequence: 1 });
    expect(status).to.equal(200);
    expect(answer).to.include({ status: 'ok', draining: false });
    const [agent] = await fleet.listAgents();
    // Nobody listens at its port, so its watch fails, and it may be suspect already.
    expect(agent?.status).to.be.oneOf(['online', 'suspect']);
    expect(agent?.metrics).to.include({ cpu: 0.25, memory: 0.5 });
  });

  it('asks for the list of models while it does not have that of the digest', async () => {
    const digests = { models_digest: 'd1' };
    expect((await beat({ ...HEARTBEAT, ...digests, sequence: 2 })).answer).to.include({ send_models: true });
    expect((await beat({ ...HEARTBEAT, ...digests, sequence: 3, models: [{ name: 'tiny:latest' }] })).answer).to.include({
      send_models: false,
    });
    expect((await beat({ ...HEARTBEAT, ...digests, sequence: 4 })).answer).to.include({ send_models: false });
  });

  it('tells a drained agent so', async () => {
    await fleet.post('/api/agents/bench-2/drain', {});
    expect((await beat({ ...HEARTBEAT, sequence: 5 })).answer).to.include({ draining: true });
  });

  it('answers 401 to another token, and to one of another start', async () => {
    expect((await beat(HEARTBEAT, 'not.a.token')).status).to.equal(401);
    expect((await beat({ ...HEARTBEAT, incarnation: 2 })).status).to.equal(401);
    expect((await beat({ ...HEARTBEAT, agent_id: 'another' })).status).to.equal(401);
  });

  it('answers 400 to what is no heartbeat', async () => {
    for (const body of [{}, { ...HEARTBEAT, metrics: { cpu: 90 } }, { ...HEARTBEAT, in_flight: 'many' }])
      expect((await beat(body)).status).to.equal(400);
  });

  it('answers 404 to an agent that was removed, so that it registers again', async () => {
    await fetch(`${fleet.url}/api/agents/bench-2`, { method: 'DELETE' });
    const { status, answer } = await beat({ ...HEARTBEAT, sequence: 6 });
    expect(status).to.equal(404);
    expect(answer.error).to.match(/register again/);
  });
});
