import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const SHARED = 'stand in front of the same Ollama, and each takes its slots for its own; stop all of these agents but one';

/** Two agents with a data folder each, as of two users of one machine, at one Ollama. */
describe('two agents in front of one Ollama', function () {
  this.timeout(120_000);
  let fleet: Fleet;
  let ollama: SimulatedOllama;
  before(async () => {
    [fleet, ollama] = await Promise.all([startFleet(), startSimulatedOllama({ models: [{ name: 'tiny' }] })]);
    await fleet.addAgent({ name: 'first', ollama: ollama.url });
    await fleet.addAgent({ name: 'apart', ollama: { models: [{ name: 'tiny' }] } });
  });
  after(() => Promise.all([fleet?.close(), ollama?.close()]));

  const printed = (name: string) => readFile(fleet.outputFile(name), 'utf8');
  const table = async () => (await promisify(execFile)(process.execPath, [COORDINATOR, 'agents', '--url', fleet.url])).stdout;

  it('is not said of agents with an Ollama each', async () => {
    expect(await table()).to.not.include(SHARED);
    expect(await printed('apart')).to.not.include('same Ollama');
  });

  it('is said in the log of the second, and by the coordinator', async () => {
    await fleet.addAgent({ name: 'second', ollama: ollama.url });
    await eventually(async () =>
      expect(await printed('second')).to.include(
        'another agent (\\"first\\") stands in front of the same Ollama, and each takes its slots',
      ),
    );
    expect(await table()).to.include(`"first" and "second" ${SHARED}`);
  });

  it('is over when one of them ends', async () => {
    await fleet.agents.find(({ name }) => name === 'second')?.program.stop();
    await eventually(async () => expect(await table()).to.not.include(SHARED));
  });
});
