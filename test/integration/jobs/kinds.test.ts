import type { FleetEvent, Job } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, startPullFleet } from '../../support/registry/start-pull-fleet.js';

describe('jobs of every kind', function () {
  this.timeout(60_000);
  let world: PullFleet;
  before(async () => {
    world = await startPullFleet({
      agents: ['one', 'two', 'three'],
      env: { COORDINATOR_JOB_RETRY_MS: '300', COORDINATOR_PULL_AGENTS: '2' },
    });
    world.registry.addSynthetic({ name: 'base', sizeBytes: 10_000 });
    await world.pullRecords({ model: 'base', agents: 'one,two' });
    await eventually(async () => expect(await world.holders('base:latest')).to.deep.equal(['one', 'two']));
  });
  after(() => world?.close());

  const loadedOn = (name: string) => world.fleet.agents.find((agent) => agent.name === name)?.ollama?.loaded() ?? [];
  const run = async (body: object): Promise<Job> => {
    const { status, job } = await world.makeJob(body);
    expect(status).to.equal(202);
    return world.ended(job.id);
  };

  it('copy: a second name on every holder; the same again changes nothing', async () => {
    const job = await run({ kind: 'copy', model: 'base', destination: 'second' });
    expect(job).to.include({ state: 'completed', kind: 'copy' });
    expect(job.parts.map(({ agent, state }) => `${agent} ${state}`).sort()).to.deep.equal(['one completed', 'two completed']);
    await eventually(async () => expect(await world.holders('second:latest')).to.deep.equal(['one', 'two']));
    await run({ kind: 'copy', model: 'base', destination: 'second' });
    const copies = world.fleet.agents.flatMap(({ ollama }) => ollama?.requests.filter(({ path }) => path === '/api/copy') ?? []);
    expect(copies).to.have.lengthOf(2);
  });

  it('preload: one agent that has it, where nothing is said', async () => {
    expect(await run({ kind: 'preload', model: 'base' })).to.include({ state: 'completed' });
    expect([...loadedOn('one'), ...loadedOn('two')]).to.deep.equal(['base:latest']);
  });

  it('placement: onto as many as the setting says, and into memory', async () => {
    world.registry.addSynthetic({ name: 'placed', sizeBytes: 10_000 });
    expect(await run({ kind: 'placement', model: 'placed', loaded: true })).to.include({ state: 'completed' });
    const holders = await eventually(async () => {
      const found = await world.holders('placed:latest');
      return found.length === 2 ? found : false;
    });
    for (const name of holders) expect(loadedOn(name)).to.include('placed:latest');
  });

  it('delete: on every holder', async () => {
    expect(await run({ kind: 'delete', model: 'second' })).to.include({ state: 'completed' });
    await eventually(async () => expect(await world.holders('second:latest')).to.deep.equal([]));
    expect(await world.holders('base:latest')).to.deep.equal(['one', 'two']);
  });

  it('are listed, the newest first, and told as events', async () => {
    const kinds = (await world.jobs()).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).to.deep.equal(['delete', 'placement']);
    await eventually(async () => {
      const { events } = (await (await fetch(`${world.fleet.url}/api/coordinator/events?limit=200`)).json()) as { events: FleetEvent[] };
      const told = events
        .filter(({ model }) => model === 'placed')
        .map(({ type, detail }) => `${type} ${detail?.replace(/job-\w+/, 'JOB')}`);
      expect(told.filter((line) => line.startsWith('job_'))).to.deep.equal([
        `job_ended placement JOB completed on ${(await placedOn()).join(', ')}`,
        `job_started placement JOB on ${(await placedOn()).join(', ')}`,
      ]);
    });
  });
  const placedOn = async () => (await world.jobs()).find(({ kind }) => kind === 'placement')?.parts.map(({ agent }) => agent) ?? [];

  it('end at once when they are cancelled, also between two tries', async () => {
    world.registry.addSynthetic({ name: 'cancelled', sizeBytes: 1_000_000 });
    world.registry.setSpeed(10_000);
    const { job } = await world.makeJob({ kind: 'pull', model: 'cancelled', agents: 'three' });
    await eventually(() => world.pullsAt('three').some(({ model }) => model === 'cancelled'));
    expect((await fetch(`${world.fleet.url}/api/coordinator/jobs/${job.id}`, { method: 'DELETE' })).status).to.equal(200);
    const ended = await world.ended(job.id, 3000);
    expect(ended).to.include({ state: 'cancelled' });
    expect(ended.error).to.match(/^the job was cancelled by /);
    expect(ended.parts[0]).to.include({ state: 'failed', error: 'cancelled' });
    await eventually(() => world.pullsAt('three').find(({ model }) => model === 'cancelled')?.end === 'client-left');
    world.registry.setSpeed(Number.POSITIVE_INFINITY);

    world.registry.addFault({ on: 'manifest', what: 'library/unlucky:latest', fault: { kind: 'status', status: 500 } });
    const retried = (await world.makeJob({ kind: 'pull', model: 'unlucky', agents: 'three' })).job;
    await eventually(async () => expect((await world.job(retried.id)).state).to.equal('retrying'));
    await fetch(`${world.fleet.url}/api/coordinator/jobs/${retried.id}`, { method: 'DELETE' });
    expect(await world.ended(retried.id, 3000)).to.include({ state: 'cancelled' });
    world.registry.clearFaults();
  });

  it('are given up after five tries, with the last word of Ollama', async () => {
    world.registry.addFault({ on: 'manifest', what: 'library/hopeless:latest', fault: { kind: 'status', status: 500 } });
    const job = await run({ kind: 'pull', model: 'hopeless', agents: 'three' });
    expect(job).to.include({ state: 'failed', attempts: 5, max_attempts: 5, error: 'pull model manifest: 500: ' });
    world.registry.clearFaults();
  });

  for (const { name, body, status, says } of [
    { name: 'an unknown kind', body: { kind: 'steal', model: 'x' }, status: 400, says: /kind: Invalid/ },
    { name: 'a field that is none', body: { kind: 'pull', model: 'x', agent: 'one' }, status: 400, says: /Unrecognized key/ },
    { name: 'a model that nobody has', body: { kind: 'delete', model: 'nowhere' }, status: 404, says: /model 'nowhere' not found/ },
    {
      name: 'an agent without the model',
      body: { kind: 'delete', model: 'base', agents: 'three' },
      status: 404,
      says: /agent "three" has no model 'base'/,
    },
    {
      name: 'a name that is none',
      body: { kind: 'copy', model: 'base', destination: 'a b' },
      status: 400,
      says: /destination "a b" is invalid/,
    },
    { name: 'a model of the cloud', body: { kind: 'pull', model: 'gpt-oss:120b-cloud' }, status: 403, says: /ollama cloud is disabled/ },
  ]) {
    it(`are refused with a sentence: ${name}`, async () => {
      const response = await world.fleet.post('/api/coordinator/jobs', body);
      expect(response.status).to.equal(status);
      expect(((await response.json()) as { error: string }).error).to.match(says);
    });
  }

  it('that nobody knows are answered 404', async () => {
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(`${world.fleet.url}/api/coordinator/jobs/job-0`, { method });
      expect([response.status, ((await response.json()) as { error: string }).error]).to.deep.equal([
        404,
        'no job "job-0" is known; list them with GET /api/coordinator/jobs',
      ]);
    }
  });
});
