import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, parseRecords, startPullFleet } from '../../support/registry/start-pull-fleet.js';

const SIZE = 4_000_000;
const AGENTS = Array.from({ length: 8 }, (_, index) => `agent-${index + 1}`);

describe('a model on its way from agent to agent', function () {
  this.timeout(90_000);
  let world: PullFleet;
  before(async () => {
    world = await startPullFleet({
      agents: AGENTS,
      env: { COORDINATOR_JOB_RETRY_MS: '50' },
      agentEnv: { AGENT_COPY_BYTES_PER_S: '20000000' },
    });
  });
  after(() => world?.close());
  afterEach(() => {
    world.registry.clearFaults();
  });

  const blob = (agent: string, digest: string) => readFileSync(join(world.modelsDir(agent), 'blobs', digest.replace(':', '-')));
  const manifest = (agent: string, model: string) =>
    readFileSync(join(world.modelsDir(agent), 'manifests', 'registry.ollama.ai', 'library', model, 'latest')).toString();

  it('comes from outside once, and from agents seven times, byte for byte', async () => {
    const { layers } = world.registry.addSynthetic({ name: 'once', sizeBytes: SIZE });
    const digest = layers[0]?.digest ?? '';
    const response = await world.pull({ model: 'once' }, { 'x-coordinator-agents': 'all' });
    const records = parseRecords(await response.text());
    expect(records.at(-1)).to.deep.equal({ status: 'success' });
    const { parts } = await world.job(response.headers.get('x-coordinator-job') ?? '');
    const outside = parts.filter(({ source }) => source === 'registry').length;
    console.log(
      `      one model to ${parts.length} agents: ${outside} outside download, ${parts.length - outside} copies from agent to agent`,
    );
    console.log(`      the registry sent the weights ${world.registry.timesDownloaded(digest)} time`);
    expect([outside, parts.length - outside]).to.deep.equal([1, 7]);
    expect(world.registry.timesDownloaded(digest)).to.equal(1);
    expect(new Set(parts.map(({ source }) => source)).size, 'sources').to.be.above(2);
    const [first = ''] = AGENTS;
    for (const agent of AGENTS) {
      expect(blob(agent, digest).equals(blob(first, digest)), agent).to.equal(true);
      expect(manifest(agent, 'once'), agent).to.equal(manifest(first, 'once'));
    }
    await eventually(async () => {
      const digests = (await world.fleet.listAgents()).map(({ models }) => models.find(({ name }) => name === 'once:latest')?.digest);
      expect(new Set(digests).size).to.equal(1);
    });
  });

  it('loses nothing where the only agent that has it is killed while others copy from it', async () => {
    const sizeBytes = 10 * SIZE;
    const { layers } = world.registry.addSynthetic({ name: 'orphaned', sizeBytes });
    const digest = layers[0]?.digest ?? '';
    const { job } = await world.makeJob({ kind: 'pull', model: 'orphaned', agents: 'all' });
    const copying = await eventually(
      async () => {
        const { parts } = await world.job(job.id);
        return parts.find(({ source, completed: [bytes = 0] }) => source?.startsWith('agent-') && bytes > 0 && bytes < sizeBytes) ?? false;
      },
      { withinMs: 30_000, everyMs: 20 },
    );
    const source = copying.source ?? '';
    world.fleet.agents.find(({ name }) => name === source)?.program.signal('SIGKILL');
    const { state, parts } = await world.ended(job.id, 60_000);
    const times = world.registry.timesDownloaded(digest);
    console.log(
      `      ${source} was killed with ${copying.completed[0]} of ${sizeBytes} bytes at ${copying.agent}: the job ${state}, ` +
        `${parts.filter((part) => part.state === 'completed').length} of ${parts.length} agents have it, the registry sent the weights ${times.toFixed(2)} times`,
    );
    expect({ state, parts: parts.map((part) => part.state) }).to.deep.equal({ state: 'completed', parts: AGENTS.map(() => 'completed') });
    expect(times).to.be.at.most(2);
    for (const agent of AGENTS) expect(createHash('sha256').update(blob(agent, digest)).digest('hex'), agent).to.equal(digest.slice(7));
    await world.fleet.restartAgent(source);
    await eventually(async () => expect(await world.holders('orphaned:latest')).to.have.lengthOf(AGENTS.length), { withinMs: 30_000 });
  });

  it('comes from an agent that has it, and asks the registry for no more than the manifest', async () => {
    const { layers } = world.registry.addSynthetic({ name: 'spread', sizeBytes: SIZE });
    await world.pullRecords({ model: 'spread', agents: 'agent-1' });
    await eventually(async () => expect(await world.holders('spread:latest')).to.deep.equal(['agent-1']));
    expect((await world.pullRecords({ model: 'spread', agents: 'agent-2' })).at(-1)).to.deep.equal({ status: 'success' });
    expect(world.registry.timesDownloaded(layers[0]?.digest ?? '')).to.equal(1);
  });

  it('goes round without the registry where only agents may hand it over', async () => {
    const { layers } = world.registry.addSynthetic({ name: 'inside', sizeBytes: SIZE });
    await world.pullRecords({ model: 'inside', agents: 'agent-3' });
    await eventually(async () => expect(await world.holders('inside:latest')).to.deep.equal(['agent-3']));
    world.registry.addFault({ on: 'manifest', what: 'library/inside:latest', fault: { kind: 'status', status: 500 } });
    expect((await world.pullRecords({ model: 'inside', agents: 3, source: 'fleet' })).at(-1)).to.deep.equal({ status: 'success' });
    await eventually(async () => expect(await world.holders('inside:latest')).to.have.lengthOf(3));
    expect(world.registry.timesDownloaded(layers[0]?.digest ?? '')).to.equal(1);
  });

  it('is the same everywhere after a sync, though some had another one under the same name', async () => {
    world.registry.addSynthetic({ name: 'variant', sizeBytes: 10_000, seed: 'old' });
    await world.pullRecords({ model: 'variant', agents: 'agent-4,agent-5' });
    world.registry.addSynthetic({ name: 'variant', sizeBytes: 10_000, seed: 'new' });
    await world.pullRecords({ model: 'variant', agents: 'agent-5,agent-6' });
    const digests = async () =>
      (await world.fleet.listAgents()).flatMap(({ models }) => models.find(({ name }) => name === 'variant:latest')?.digest ?? []);
    await eventually(async () => expect(new Set(await digests()).size).to.equal(2));
    const { status, job } = await world.makeJob({ kind: 'sync', model: 'variant' });
    expect(status).to.equal(202);
    expect(await world.ended(job.id)).to.include({ state: 'completed' });
    await eventually(async () => {
      expect(await digests()).to.have.lengthOf(3);
      expect(new Set(await digests()).size).to.equal(1);
    });
    expect(manifest('agent-4', 'variant')).to.equal(manifest('agent-6', 'variant'));
  });
});
