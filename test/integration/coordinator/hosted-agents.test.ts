import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { agentBecomes, type Fleet, startFleet } from '../../support/start-fleet.js';

describe('an Ollama given by URL', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  let nas: SimulatedOllama;
  before(async () => {
    nas = await startSimulatedOllama();
    fleet = await startFleet({ env: { COORDINATOR_OLLAMA_URLS: `nas=${nas.url}` } });
  });
  after(async () => {
    await fleet.close();
    await nas.close();
  });

  it('joins under its name and answers', async () => {
    await agentBecomes(fleet, 'nas', 'online', 10_000);
    const response = await fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 2 } });
    expect(response.headers.get('x-coordinator-agent')).to.equal('nas');
    expect(((await response.json()) as { response: string }).response).to.match(/^ echo-x/);
  });

  it('is down when its Ollama is, and comes back with it', async () => {
    await nas.setUp(false);
    await eventually(async () => expect((await fleet.listAgents())[0]?.ollama_up).to.equal(false), { withinMs: 15_000 });
    expect((await fleet.post('/api/generate', { model: 'tiny', prompt: 'x' })).status).to.equal(503);
    await nas.setUp(true);
    await eventually(async () => expect((await fleet.listAgents())[0]?.ollama_up).to.equal(true), { withinMs: 15_000 });
  });

  it('keeps its id over a restart of the coordinator', async () => {
    const [before] = await fleet.listAgents();
    await fleet.restartCoordinator();
    await agentBecomes(fleet, 'nas', 'online', 10_000);
    expect((await fleet.listAgents()).map((agent) => agent.id)).to.deep.equal([before?.id]);
  });
});
