import { expect } from 'chai';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const MODELS = ['tiny', 'other'].map((name) => ({ name, kind: 'completion', decodeTokensPerS: 400, loadMs: 10 }) as const);

describe('an agent that cannot load one model', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_BALANCER: 'round-robin' },
      agents: ['one', 'two'].map((name) => ({ name, ollama: { models: MODELS } })),
    });
  });
  after(() => fleet.close());

  const ask = (model: string, agent?: string) =>
    fleet.post(
      '/api/generate',
      { model, prompt: 'go w', stream: false, options: { num_predict: 5 } },
      agent === undefined ? {} : { 'x-coordinator-pin': agent },
    );
  const metric = async (name: string) => {
    const text = await (await fetch(`${fleet.url}/metrics`)).text();
    return text.split('\n').filter((line) => line.startsWith(name));
  };

  it('is left out for that model, and costs one request a further attempt instead of each', async () => {
    const one = fleet.agents.find(({ name }) => name === 'one');
    one?.ollama?.faults.add({ fault: { kind: 'load-failure' }, match: { path: '/api/generate', model: 'tiny' } });
    let attempts = 0;
    const requests = 20;
    for (let index = 0; index < requests; index += 1) {
      const response = await ask('tiny');
      expect(response.status).to.equal(200);
      attempts += Number(response.headers.get('x-coordinator-attempts'));
      await response.text();
    }
    expect(attempts).to.be.within(requests + 1, requests * 1.2);
    expect(await metric('ollama_coordinator_ejections_total{agent="one",scope="model"}')).to.have.lengthOf(1);
  });

  it('serves its other models all the same', async () => {
    const response = await ask('other', 'one');
    expect(response.status).to.equal(200);
    expect(response.headers.get('x-coordinator-agent')).to.equal('one');
  });

  it('is asked for it where it is the only one allowed', async () => {
    const response = await ask('tiny', 'one');
    expect(response.status).to.equal(500);
    expect(await response.text()).to.include('runner process');
  });
});
