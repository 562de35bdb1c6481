import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { agentBecomes, type Fleet, startFleet } from '../../support/start-fleet.js';

const [WANTED, OTHER] = ['a1'.repeat(32), 'b2'.repeat(32)];

describe('several builds under one name', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_VARIANTS: WANTED.slice(0, 12), COORDINATOR_BALANCER: 'round-robin' },
      agents: [
        { name: 'wanted', ollama: { models: [{ name: 'tiny', digest: WANTED }] } },
        { name: 'other', ollama: { models: [{ name: 'tiny', digest: OTHER }] } },
      ],
    });
  });
  after(() => fleet.close());

  const ask = async () => {
    const reply = await fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 1 } });
    await reply.text();
    return reply.headers.get('x-coordinator-agent');
  };

  it('are shown, with the one that requests go to', async () => {
    const reply = await fetch(`${fleet.url}/api/tags?agents=1`);
    const { models } = (await reply.json()) as {
      models: { digest: string; variants: { digest: string; chosen: boolean; agents: string[] }[] }[];
    };
    expect(models.map(({ digest }) => digest)).to.deep.equal([WANTED]);
    expect(models[0]?.variants.map(({ digest, chosen, agents }) => [digest, chosen, agents])).to.deep.equal([
      [WANTED, true, ['wanted']],
      [OTHER, false, ['other']],
    ]);
  });

  it('get requests by policy', async () => {
    const agents = [];
    for (let index = 0; index < 4; index += 1) agents.push(await ask());
    expect(agents).to.deep.equal(Array(4).fill('wanted'));
  });

  it('get them by what an operator changes while it runs, in the lists as well', async () => {
    const change = async (variants: unknown) =>
      fetch(`${fleet.url}/api/coordinator/settings`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ variants }),
      });
    const listed = async () => {
      const { models } = (await (await fetch(`${fleet.url}/api/tags`)).json()) as { models: { digest: string }[] };
      return models.map(({ digest }) => digest);
    };
    expect((await change({ tiny: OTHER })).status).to.equal(200);
    expect([await ask(), await listed()]).to.deep.equal(['other', [OTHER]]);
    expect((await change('oldest')).status).to.equal(400);
    expect((await change(null)).status).to.equal(200);
    expect([await ask(), await listed()]).to.deep.equal(['wanted', [WANTED]]);
  });

  it('stand in where the one that is wanted fails or is away', async () => {
    await fleet.agents.find(({ name }) => name === 'wanted')?.ollama?.setUp(false);
    expect(await ask()).to.equal('other');
    await fleet.agents.find(({ name }) => name === 'wanted')?.program.stop();
    await agentBecomes(fleet, 'wanted', 'offline');
    await eventually(async () => expect(await ask()).to.equal('other'));
  });
});
