import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { agentBecomes, type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;
const NAMES = ['one', 'two', 'three'];

describe('what operators decide about balancing', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ agents: NAMES.map((name) => ({ name, ollama: OLLAMA })) });
  });
  after(() => fleet.close());

  const use = async (...names: string[]) => {
    const body = JSON.stringify({ balancers: names.map((name) => ({ name })) });
    const response = await fetch(`${fleet.url}/api/coordinator/settings`, { method: 'PATCH', body });
    expect(response.status).to.equal(200);
  };
  const patch = (name: string, body: object) => fetch(`${fleet.url}/api/agents/${name}`, { method: 'PATCH', body: JSON.stringify(body) });
  const ask = async (headers: Readonly<Record<string, string>> = {}, tokens = 1) => {
    const body = { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: tokens } };
    const response = await fleet.post('/api/generate', body, headers);
    await response.text();
    return response.headers.get('x-coordinator-agent') ?? '';
  };
  /** One after another: each when the one before is over as far as the fleet knows, for agents tell of it a moment later. */
  const askTimes = async (count: number, headers: Readonly<Record<string, string>> = {}) => {
    const counts: Record<string, number> = {};
    for (let index = 0; index < count; index += 1) {
      await eventually(async () => (await fleet.listAgents()).every((agent) => agent.in_flight === 0));
      const agent = await ask(headers);
      counts[agent] = (counts[agent] ?? 0) + 1;
    }
    return counts;
  };

  it('weights give their shares of turns; an agent of weight 0 gets nothing', async () => {
    await use('weighted-round-robin');
    await patch('one', { weight: 5 });
    expect(await askTimes(14)).to.deep.equal({ one: 10, two: 2, three: 2 });
    await patch('two', { weight: 0 });
    expect(await askTimes(12)).to.deep.equal({ one: 10, three: 2 });
    for (const name of NAMES) await patch(name, { weight: 1 });
  });

  it('tiers: the strongest first, the next when it is full, and back again when it is free', async () => {
    await use('tiers', 'round-robin');
    await patch('two', { tier: 1 });
    await patch('three', { tier: 2 });
    expect(await askTimes(4)).to.deep.equal({ one: 4 });
    const long = ask({}, 2000);
    await eventually(() => fleet.agents.find(({ name }) => name === 'one')?.ollama?.stats.inFlight === 1);
    expect(await ask()).to.equal('two');
    expect(await long).to.equal('one');
    await eventually(async () => expect(await ask()).to.equal('one'));
  });
  it('tiers: the next when the strongest is drained, and back again when it is resumed', async () => {
    await fetch(`${fleet.url}/api/agents/one/drain`, { method: 'POST' });
    await agentBecomes(fleet, 'one', 'draining');
    expect(await askTimes(3)).to.deep.equal({ two: 3 });
    await fetch(`${fleet.url}/api/agents/one/drain`, { method: 'DELETE' });
    await agentBecomes(fleet, 'one', 'online');
    // A heartbeat that was on its way may still say that it drains.
    await eventually(async () => expect(await askTimes(3)).to.deep.equal({ one: 3 }));
    for (const name of NAMES) await patch(name, { tier: 0 });
  });

  it('sessions stay where they are, each at its own agent', async () => {
    await use('prefix-affinity');
    const homes = new Set<string>();
    for (let session = 0; session < 12; session += 1) {
      const counts = await askTimes(3, { 'x-coordinator-session': `session-${session}` });
      expect(Object.values(counts), `session ${session}`).to.deep.equal([3]);
      homes.add(Object.keys(counts)[0] ?? '');
    }
    expect(homes.size).to.be.at.least(2);
  });

  it('labels restrict and prefer as soon as they are changed', async () => {
    const rules = [{ require: { room: 'lab' } }];
    const body = JSON.stringify({ balancers: [{ name: 'label-filter', options: { rules } }, { name: 'round-robin' }] });
    await fetch(`${fleet.url}/api/coordinator/settings`, { method: 'PATCH', body });
    await patch('two', { labels: { room: 'lab' } });
    expect(await askTimes(3)).to.deep.equal({ two: 3 });
    await patch('three', { labels: { room: 'lab' } });
    expect(await askTimes(4)).to.deep.equal({ two: 2, three: 2 });
  });
});
