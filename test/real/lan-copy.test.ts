import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Ollama } from 'ollama';
import { eventually } from '../support/eventually.js';
import { type RealOllama, startRealOllama } from '../support/real-ollama/start-real-ollama.js';
import { parseRecords } from '../support/registry/start-pull-fleet.js';
import { type SimulatedRegistry, startRegistry } from '../support/registry/start-registry.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

/** `may` writes into its Ollama's folder; `must-not` is told another one, so its Ollama pulls from it. */
const AGENTS = ['from', 'may', 'must-not'] as const;

describe('a model from one real Ollama to another', function () {
  this.timeout(180_000);
  let ollamas: RealOllama[] = [];
  let registry: SimulatedRegistry;
  let fleet: Fleet;
  let elsewhere: string;
  before(async () => {
    registry = await startRegistry();
    elsewhere = await mkdtemp(join(tmpdir(), 'oc-elsewhere-'));
    ollamas = await Promise.all([
      startRealOllama({ models: ['tiny'] }),
      startRealOllama({ models: [] }),
      startRealOllama({ models: ['tiny-embed'] }),
    ]);
    const [from, may, mustNot] = ollamas;
    fleet = await startFleet({
      agents: AGENTS.map((name, index) => ({
        name,
        ollama: ollamas[index]?.url ?? '',
        env: { AGENT_OLLAMA_MODELS: [from?.modelsDir, may?.modelsDir, elsewhere][index] ?? '' },
      })),
    });
    registry.addFromFolder(from?.modelsDir ?? '', 'tiny');
    expect(mustNot).to.not.equal(undefined);
  });
  after(async () => {
    await fleet?.close();
    await Promise.all(ollamas.map((ollama) => ollama.close()));
    await registry?.close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  const digestsOf = async (model: string) =>
    Object.fromEntries(
      (await fleet.listAgents()).map(({ name, models }) => [name, models.find((one) => one.name.startsWith(model))?.digest]),
    );
  const say = async (index: number, model: string) => {
    const client = new Ollama({ host: ollamas[index]?.url ?? '' });
    const { message } = await client.chat({ model, messages: [{ role: 'user', content: 'hello k' }], options: { num_predict: 4 } });
    return message.content;
  };
  const pull = async (body: object) => {
    const response = await fleet.post('/api/pull', body);
    const records = parseRecords(await response.text());
    expect(records.at(-1)).to.deep.equal({ status: 'success' });
    return (await (await fetch(`${fleet.url}/api/coordinator/jobs/${response.headers.get('x-coordinator-job')}`)).json()) as {
      parts: { agent: string; source: string }[];
    };
  };

  it('pulled once from the registry, has one digest on all, and answers alike', async () => {
    const model = registry.nameOf('tiny');
    // The one that has it asks the registry for all: `must-not`, whose folder its agent does not know, could hand nothing on.
    await pull({ model, insecure: true, agents: 'from' });
    const { parts } = await pull({ model, insecure: true, agents: 'all' });
    expect(parts.filter(({ source }) => source === 'registry')).to.have.lengthOf(1);
    const name = model.replace('http://', '');
    await eventually(async () => {
      const digests = Object.values(await digestsOf(name));
      expect(digests).to.have.lengthOf(3).and.to.not.include(undefined);
      expect(new Set(digests).size).to.equal(1);
    });
    for (const index of AGENTS.keys()) expect(await say(index, name)).to.equal(' echo-k the sky is');
  });

  it('created here, has the same digest where the agent writes the files, and the same content where Ollama pulls it', async () => {
    const { parts } = await pull({ model: 'tiny', agents: 'may,must-not', source: 'fleet' });
    expect(parts.map(({ source }) => source)).to.not.include('registry');
    await eventually(async () => {
      const digests = await digestsOf('tiny:latest');
      expect(digests.may).to.equal(digests.from);
      expect(digests['must-not']).to.be.a('string');
    });
    const { from, 'must-not': pulled } = await digestsOf('tiny:latest');
    console.log(`      created with the command: ${from?.slice(0, 12)}, pulled from the agent: ${pulled?.slice(0, 12)} (a newline less)`);
    const show = await Promise.all(ollamas.map(({ url }) => new Ollama({ host: url }).show({ model: 'tiny' })));
    // Ollama lists parameters in an order that is another each time.
    const contents = show.map(({ template, parameters, details }) => ({ template, parameters: parameters.split('\n').sort(), details }));
    for (const content of contents) expect(content).to.deep.equal(contents[0]);
    for (const index of AGENTS.keys()) expect(await say(index, 'tiny')).to.equal(' echo-k the sky is');
    const temporary = (await (await fetch(`${ollamas[2]?.url}/api/tags`)).json()) as { models: { name: string }[] };
    expect(temporary.models.map(({ name }) => name).filter((name) => name.includes('fleet-copy'))).to.deep.equal([]);
  });

  it('made anew from the same blob by create, would have another digest', async () => {
    const [from] = ollamas;
    const client = new Ollama({ host: from?.url ?? '' });
    const { models } = await client.list();
    const { template } = await client.show({ model: 'tiny' });
    await client.create({ model: 'remade', from: 'tiny', template });
    const remade = (await client.list()).models.find(({ name }) => name === 'remade:latest');
    expect(remade?.digest).to.not.equal(models.find(({ name }) => name === 'tiny:latest')?.digest);
  });
});
