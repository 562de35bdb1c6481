import { expect } from 'chai';
import { type AttackedFleet, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

describeAttack('death', 'a request that brings down whatever serves it, four agents', (seen) => {
  let fleet: AttackedFleet;
  before(async () => {
    fleet = await startAttackedFleet({ agents: ['one', 'two', 'three', 'four'], env: { COORDINATOR_MAX_ATTEMPTS: '10' } });
  });
  after(() => fleet.close());

  it('is sent to two of them at most', async () => {
    const { key } = await fleet.createKey();
    for (const { ollama } of fleet.agents) ollama?.faults.add({ fault: { kind: 'refuse' }, match: { path: '/api/generate' } });
    const answer = await fleet.ask('POST', '/api/generate', key, { model: 'tiny', prompt: 'death', stream: false });
    const hit = fleet.agents.filter(({ ollama }) => ollama?.requests.some(({ path }) => path === '/api/generate'));
    expect(answer.status).to.be.oneOf([500, 502]);
    expect(hit.length).to.be.within(1, 2);
    seen(`${hit.length} agents hit`);
  });
});
