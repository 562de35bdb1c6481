import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 400, loadMs: 10 }] } as const;

describe('two coordinators on one Redis', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      replicas: 2,
      env: { COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only' },
      agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA })),
    });
  });
  after(() => fleet.close());

  const urls = () => fleet.coordinators.map((coordinator) => coordinator.url);
  const ask = (url: string, character: string) =>
    fetch(`${url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'tiny', prompt: character, stream: false, options: { num_predict: 20 } }),
    });

  it('know the same agents, though those registered with one of them', async () => {
    for (const url of urls()) {
      await eventually(async () => {
        const agents = (await (await fetch(`${url}/api/agents`)).json()) as { name: string; status: string }[];
        expect(agents.map(({ name, status }) => `${name} ${status}`).sort()).to.deep.equal(['one online', 'two online']);
      });
    }
  });

  it('never give one slot to two requests, and answer them all', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const character = 'abcdefghijklmnopqrst'[index % 20] ?? '';
        const response = await ask(urls()[index % 2] ?? '', character);
        return { character, status: response.status, text: await response.text() };
      }),
    );
    for (const { character, status, text } of answers) {
      expect(status, text).to.equal(200);
      expect(text).to.include(`echo-${character}`);
    }
    for (const { ollama } of fleet.agents) expect(ollama?.stats.peakInFlight).to.equal(1);
  });

  it('see what an operator changes at the other', async () => {
    const [first, second] = urls();
    const [agent] = await fleet.listAgents();
    await fetch(`${first}/api/agents/${agent?.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'renamed', weight: 3 }),
    });
    await eventually(async () => {
      const changed = (await (await fetch(`${second}/api/agents/${agent?.id}`)).json()) as { name: string; weight: number };
      expect(changed).to.include({ name: 'renamed', weight: 3 });
    });
  });

  it('refuse a change that makes no sense, naming the field', async () => {
    const [agent] = await fleet.listAgents();
    const response = await fetch(`${fleet.url}/api/agents/${agent?.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ weight: -1, colour: 'red' }),
    });
    expect(response.status).to.equal(400);
    expect(((await response.json()) as { error: string }).error).to.match(/weight: .*; .*colour/s);
  });

  it('go on when one of them is killed', async () => {
    fleet.coordinators[1]?.program.signal('SIGKILL');
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => ask(fleet.url, String(index))));
    expect(answers.map((answer) => answer.status)).to.deep.equal(Array(6).fill(200));
  });
});
