import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type PullFleet, parseRecords, startPullFleet } from '../../support/registry/start-pull-fleet.js';

const SIZE = 2_000_000;
/** A replica's jobs are given up some 10 s after its death, and looked for every 5 s. */
const TAKE_OVER_MS = 30_000;

describe('a job whose coordinator dies', function () {
  this.timeout(120_000);
  let world: PullFleet;
  before(async () => {
    const env = { COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only' };
    world = await startPullFleet({ agents: ['one', 'two'], replicas: 2, env });
  });
  after(() => world?.close());
  afterEach(() => world.registry.setSpeed(Number.POSITIVE_INFINITY));

  const replicaAt = async (url: string) => ((await (await fetch(`${url}/api/coordinator/stats`)).json()) as { replica: string }).replica;
  const pullsOf = (model: string) => ['one', 'two'].flatMap((name) => world.pullsAt(name).filter((request) => request.model === model));

  /** Begins a slow pull to both agents, and resolves when bytes flow. */
  async function begin(model: string): Promise<string> {
    world.registry.addSynthetic({ name: model, sizeBytes: SIZE });
    world.registry.setSpeed(SIZE / 25);
    const { job } = await world.makeJob({ kind: 'pull', model, agents: 'all' });
    await eventually(async () => expect((await world.job(job.id)).completed_bytes).to.be.above(0), { withinMs: 10_000 });
    return job.id;
  }

  it('goes on at another replica, and Ollama is asked for nothing twice', async () => {
    const id = await begin('inherited');
    const { replica } = await world.job(id);
    const replicas = await Promise.all(world.fleet.coordinators.map(async ({ url }) => ({ url, replica: await replicaAt(url) })));
    const index = replicas.findIndex((one) => one.replica === replica);
    const survivor = replicas[1 - index]?.url ?? '';
    world.fleet.coordinators[index]?.program.signal('SIGKILL');
    const followed = fetch(`${survivor}/api/coordinator/jobs/${id}?watch=1`).then((response) => response.text());
    const readAt = async () => (await (await fetch(`${survivor}/api/coordinator/jobs/${id}`)).json()) as { state: string; replica: string };
    await eventually(async () => expect((await readAt()).replica).to.equal(replicas[1 - index]?.replica), { withinMs: TAKE_OVER_MS });
    world.registry.setSpeed(Number.POSITIVE_INFINITY);
    await eventually(async () => expect(await readAt()).to.include({ state: 'completed', attempts: 1 }), { withinMs: TAKE_OVER_MS });
    expect(pullsOf('inherited')).to.have.lengthOf(1);
    const last = JSON.parse((await followed).trimEnd().split('\n').at(-1) ?? '') as { state: string };
    expect(last.state).to.equal('completed');
    await world.fleet.restartCoordinator(index);
  });

  it('goes on at once at another replica when the first one is told to stop', async () => {
    const id = await begin('handed-on');
    const { replica } = await world.job(id);
    const replicas = await Promise.all(world.fleet.coordinators.map(async ({ url }) => ({ url, replica: await replicaAt(url) })));
    const index = replicas.findIndex((one) => one.replica === replica);
    const stopping = world.fleet.coordinators[index];
    const shown = await fetch(`${stopping?.url}/api/pull`, {
      method: 'POST',
      headers: { 'x-coordinator-agents': 'all' },
      body: JSON.stringify({ model: 'handed-on' }),
    });
    expect(shown.headers.get('x-coordinator-job')).to.equal(id);
    await stopping?.program.stop(20_000);
    expect(parseRecords(await shown.text()).at(-1)?.error).to.match(/shutting down/);
    const survivor = replicas[1 - index]?.url ?? '';
    const readAt = async () => (await (await fetch(`${survivor}/api/coordinator/jobs/${id}`)).json()) as { state: string; replica: string };
    // It was given back: nobody has to find out that its holder is gone.
    const { state, replica: holder } = await readAt();
    expect(state === 'waiting' || holder === replicas[1 - index]?.replica, `${state} at ${holder}`).to.equal(true);
    await eventually(async () => expect((await readAt()).replica).to.equal(replicas[1 - index]?.replica), { withinMs: TAKE_OVER_MS });
    world.registry.setSpeed(Number.POSITIVE_INFINITY);
    await eventually(async () => expect((await readAt()).state).to.equal('completed'), { withinMs: TAKE_OVER_MS });
    expect(pullsOf('handed-on')).to.have.lengthOf(1);
    await world.fleet.restartCoordinator(index);
  });
});

describe('jobs while Redis is away', function () {
  this.timeout(120_000);
  let world: PullFleet;
  before(async () => {
    world = await startPullFleet({ agents: ['one'] });
  });
  after(() => world?.close());

  it('answer 503 with Retry-After, requests for models are served, and what was under way ends when it is back', async () => {
    world.registry.addSynthetic({ name: 'outlives', sizeBytes: SIZE });
    world.registry.setSpeed(SIZE / 6);
    const response = await world.pull({ model: 'outlives' });
    await eventually(() => world.pullsAt('one').length === 1);
    await world.fleet.redis.kill();
    await eventually(async () => {
      const { redis } = (await (await fetch(`${world.fleet.url}/readyz`)).json()) as { redis: string };
      return redis === 'down';
    });
    for (const [method, path, body] of [
      ['POST', '/api/pull', '{"model":"other"}'],
      ['GET', '/api/coordinator/jobs', undefined],
      ['GET', '/api/coordinator/jobs/job-1', undefined],
      ['POST', '/api/coordinator/jobs', '{"kind":"pull","model":"other"}'],
      ['DELETE', '/api/coordinator/jobs/job-1', undefined],
    ] as const) {
      const refused = await fetch(world.fleet.url + path, { method, ...(body === undefined ? {} : { body }) });
      expect([refused.status, refused.headers.get('retry-after')], `${method} ${path}`).to.deep.equal([503, '1']);
      expect(((await refused.json()) as { error: string }).error).to.match(/jobs and placements are kept in Redis/);
    }
    expect((await fetch(`${world.fleet.url}/api/tags`)).status).to.equal(200);
    await world.fleet.redis.restart();
    world.registry.setSpeed(Number.POSITIVE_INFINITY);
    expect(parseRecords(await response.text()).at(-1)).to.deep.equal({ status: 'success' });
    expect(world.pullsAt('one')).to.have.lengthOf(1);
  });

  it('end in an error where Redis lost its data, and further ones run', async () => {
    world.registry.addSynthetic({ name: 'lost', sizeBytes: SIZE });
    world.registry.setSpeed(SIZE / 10);
    const response = await world.pull({ model: 'lost' });
    await eventually(() => world.pullsAt('one').some(({ model }) => model === 'lost'));
    const { Redis } = await import('ioredis');
    const redis = new Redis(world.fleet.redis.url);
    await redis.flushall();
    redis.disconnect();
    expect(parseRecords(await response.text()).at(-1)?.error).to.match(/no job "job-[0-9a-f]+" is known/);
    world.registry.setSpeed(Number.POSITIVE_INFINITY);
    const again = await eventually(async () => {
      const records = await world.pullRecords({ model: 'lost' });
      return records.at(-1)?.status === 'success' ? records : false;
    });
    expect(again.at(-1)).to.deep.equal({ status: 'success' });
  });
});
