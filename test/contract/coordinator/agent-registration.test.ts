import { expect } from 'chai';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OPERATION = 'POST /api/agents/register';
const REGISTRATION = { machine_name: 'bench-1', ip_address: '127.0.0.1', port: 40_000, ollama_version: '0.11.4', ollama_port: 11_434 };

describe('POST /api/agents/register (T009)', function () {
  this.timeout(30_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet();
  });
  after(() => fleet.close());

  const register = async (body: unknown) => {
    const response = await fleet.post('/api/agents/register', body);
    return { status: response.status, answer: (await readAsDescribed(response, OPERATION)) as Record<string, unknown> };
  };

  it('registers an agent that names machine, address, Ollama version and port, and gives it an id', async () => {
    const { status, answer } = await register(REGISTRATION);
    expect(status).to.equal(200);
    expect(answer).to.include({ agent_id: 'bench-1-11434', status: 'registered', transport: 'direct' });
    expect(await fleet.listAgents()).to.have.lengthOf(1);
  });

  it('updates it when it registers again, and keeps the id', async () => {
    const { answer } = await register({ ...REGISTRATION, incarnation: 5, port: 40_001 });
    expect(answer).to.include({ agent_id: 'bench-1-11434', status: 'updated' });
    expect((await fleet.listAgents()).map(({ address }) => address)).to.deep.equal(['http://127.0.0.1:40001']);
  });

  it('keeps the id that an agent brings', async () => {
    expect((await register({ ...REGISTRATION, agent_id: 'my-own' })).answer).to.include({ agent_id: 'my-own', status: 'registered' });
  });

  it('gives the agent at least three intervals before it is offline', async () => {
    expect((await register({ ...REGISTRATION, agent_id: 'slow', heartbeat_ms: 10_000 })).answer).to.include({ ttl_ms: 30_000 });
  });

  it('refuses an older start of an agent with 409', async () => {
    await register({ ...REGISTRATION, agent_id: 'twice', incarnation: 9 });
    const { status, answer } = await register({ ...REGISTRATION, agent_id: 'twice', incarnation: 8 });
    expect(status).to.equal(409);
    expect(answer.error).to.match(/a newer start of agent "twice" has registered/);
  });

  it('ignores fields of a newer agent', async () => {
    expect((await register({ ...REGISTRATION, agent_id: 'newer', shoe_size: 43 })).status).to.equal(200);
  });

  for (const [name, change, sentence] of [
    ['no machine name', { machine_name: undefined }, /machine_name/],
    ['a port that is none', { port: 70_000 }, /port/],
    ['a path for an address', { ip_address: '127.0.0.1/../x' }, /ip_address: must be a host name or an IP address/],
    ['an id that would break a key', { agent_id: 'a b' }, /agent_id/],
  ] as const) {
    it(`answers 400 and names the field: ${name}`, async () => {
      const { status, answer } = await register({ ...REGISTRATION, ...change });
      expect(status).to.equal(400);
      expect(answer.error).to.match(sentence);
    });
  }
});
