import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { agentBecomes, type Fleet, startFleet } from '../support/start-fleet.js';

describe('P1: agents register by themselves', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet();
  });
  after(() => fleet.close());

  it('answers a clear sentence while there are no agents', async () => {
    const response = await fleet.post('/api/chat', { model: 'tiny', messages: [] });
    expect(response.status).to.equal(503);
    expect(await response.json())
      .to.have.property('error')
      .that.matches(/no agent has registered yet.*ollama-agent run/);
  });

  it('shows an agent within 5 s of its start, with its models and metrics', async () => {
    const startedMs = performance.now();
    await fleet.addAgent({ name: 'one' });
    expect(performance.now() - startedMs).to.be.below(5000);
    const agent = await agentBecomes(fleet, 'one', 'online');
    expect(agent.models.map((model) => model.name)).to.include('tiny:latest');
    await eventually(async () => expect((await fleet.listAgents())[0]?.metrics).to.include.keys('cpu', 'memory'));
  });

  it('lets an agent rejoin under its id after a restart', async () => {
    const [before] = await fleet.listAgents();
    await fleet.agents[0]?.program.stop();
    await agentBecomes(fleet, 'one', 'offline');
    await fleet.restartAgent('one');
    const agents = await fleet.listAgents();
    expect(agents).to.have.lengthOf(1);
    expect(agents[0]?.id).to.equal(before?.id);
    expect(agents[0]?.incarnation).to.be.above(before?.incarnation ?? Number.NaN);
  });

  it('keeps two Ollamas on one machine apart', async () => {
    await fleet.addAgent({ name: 'two' });
    expect((await fleet.listAgents()).map((agent) => agent.name).sort()).to.deep.equal(['one', 'two']);
  });

  it('keeps the list of agents over a restart of the coordinator', async () => {
    const before = (await fleet.listAgents()).map((agent) => agent.id).sort();
    await fleet.restartCoordinator();
    expect((await fleet.listAgents()).map((agent) => agent.id).sort()).to.deep.equal(before);
    await agentBecomes(fleet, 'one', 'online');
  });
});
