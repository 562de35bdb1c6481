import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const MODEL = 'big:latest';

/** Somebody who uses a machine's Ollama past its agent. */
describe('a model that a stranger has an Ollama load', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  let lent: SimulatedOllama;
  before(async () => {
    [fleet, lent] = await Promise.all([startFleet(), startSimulatedOllama({ models: [{ name: MODEL, loadMs: 3000 }] })]);
    await fleet.addAgent({ name: 'lent', ollama: lent.url });
  });
  after(() => Promise.all([fleet?.close(), lent?.close()]));

  const stateOfIt = async () => {
    const [agent] = await fleet.listAgents();
    return agent?.runners.find(({ model }) => model === MODEL)?.state;
  };

  it('is loading while it loads, and ready once it was used', async () => {
    const answered = fetch(`${lent.url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: MODEL, prompt: 'x', stream: false }),
    });
    await eventually(async () => expect(await stateOfIt()).to.equal('loading'));
    await (await answered).text();
    await eventually(async () => expect(await stateOfIt()).to.equal('ready'));
  });
});
