import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, parseRecords, startPullFleet } from '../../support/registry/start-pull-fleet.js';
import { makeSmallDisk, type SmallDisk } from '../../support/small-disk.js';

const SIZE = 3_000_000;

describe('what keeps a pull from some of its agents', function () {
  this.timeout(60_000);
  let world: PullFleet;
  let disk: SmallDisk | undefined;
  before(async () => {
    disk = await makeSmallDisk(1024);
    world = await startPullFleet({
      agents: ['large', 'small'],
      modelsDirs: disk ? { small: disk.folder } : {},
      env: { COORDINATOR_JOB_RETRY_MS: '50' },
    });
  });
  after(async () => {
    await world?.close();
    await disk?.remove();
  });
  afterEach(() => {
    world.registry.clearFaults();
    world.registry.setSpeed(Number.POSITIVE_INFINITY);
  });

  const lastOf = (text: string) => parseRecords(text).at(-1);

  it('a layer that is not what the registry says: nobody lists it, and it comes once that is mended', async () => {
    const { layers } = world.registry.addSynthetic({ name: 'forged', sizeBytes: 100_000 });
    world.registry.addFault({ on: 'blob', what: layers[0]?.digest ?? '', fault: { kind: 'corrupt' } });
    const response = await world.pull({ model: 'forged', agents: 'all' });
    expect(lastOf(await response.text())?.error).to.match(
      /^digest mismatch, file must be downloaded again: want sha256:\w+, got sha256:\w+/,
    );
    expect(await world.job(response.headers.get('x-coordinator-job') ?? '')).to.include({ state: 'failed', attempts: 5 });
    expect(await world.holders('forged:latest')).to.deep.equal([]);
    world.registry.clearFaults();
    expect((await world.pullRecords({ model: 'forged', agents: 'all' })).at(-1)).to.deep.equal({ status: 'success' });
    await eventually(async () => expect(await world.holders('forged:latest')).to.deep.equal(['large', 'small']));
  });

  for (const { name, agents, says } of [
    {
      name: 'of its only agent',
      agents: 'small',
      says: /^not enough disk: "big-.*" needs .* more, and the models folder of agent "small" has .* free/,
    },
    { name: 'of one of two', agents: 'all', says: /^"big-.*" failed on 1 of 2 agents \(small: not enough disk: .*\); it is on large$/ },
  ]) {
    it(`a disk ${name} that is too small: the agent is named, and what was done`, async function () {
      if (!disk) return this.skip();
      const model = `big-${agents}`;
      world.registry.addSynthetic({ name: model, sizeBytes: SIZE });
      // So slow that the agent sees what is coming before the disk is full.
      world.registry.setSpeed(SIZE / 2);
      const response = await world.pull({ model, agents });
      expect(lastOf(await response.text())?.error).to.match(says);
      const job = await world.job(response.headers.get('x-coordinator-job') ?? '');
      expect(job).to.include({ state: 'failed', attempts: 1 });
      expect(job.parts.find(({ agent }) => agent === 'small')).to.include({ state: 'failed', error_code: 'NOT_ENOUGH_DISK' });
      const wanted = agents === 'all' ? ['large'] : [];
      await eventually(async () => expect(await world.holders(`${model}:latest`)).to.deep.equal(wanted));
      const whole = await world.pull({ model, agents, stream: false });
      expect(whole.status).to.equal(500);
      expect(((await whole.json()) as { error: string }).error).to.match(says);
    });
  }
});
