import { expect } from 'chai';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;

describe('P3: requests are distributed', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_BALANCER: 'round-robin' },
      agents: ['one', 'two', 'three'].map((name) => ({ name, ollama: OLLAMA })),
    });
  });
  after(() => fleet.close());

  const ask = () => fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 2 } });
  const countByAgent = (names: readonly (string | null)[]) =>
    Object.fromEntries(['one', 'two', 'three'].map((name) => [name, names.filter((answered) => answered === name).length]));

  for (const count of [9, 30]) {
    it(`sends ${count} requests, one after another, ${count / 3} to each of 3 agents by round robin`, async () => {
      const names: (string | null)[] = [];
      for (let index = 0; index < count; index += 1) names.push((await ask()).headers.get('x-coordinator-agent'));
      expect(countByAgent(names)).to.deep.equal({ one: count / 3, two: count / 3, three: count / 3 });
    });
  }

  it('keeps all three busy when 30 come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, ask));
    expect(answers.map((answer) => answer.status)).to.deep.equal(Array(30).fill(200));
    for (const count of Object.values(countByAgent(answers.map((answer) => answer.headers.get('x-coordinator-agent')))))
      expect(count).to.be.at.least(5);
  });

  it('sends a pinned request to the agent it names, and explains a pin that none matches', async () => {
    const body = { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 1 } };
    for (let index = 0; index < 3; index += 1)
      expect((await fleet.post('/api/generate', body, { 'x-coordinator-pin': 'two' })).headers.get('x-coordinator-agent')).to.equal('two');
    const refused = await fleet.post('/api/generate', body, { 'x-coordinator-pin': 'four' });
    expect(refused.status).to.equal(404);
    expect(await refused.json())
      .to.have.property('error')
      .that.matches(/four/);
  });
});
