import { expect } from 'chai';
import { buildHeartbeat, buildRegistration } from '../../support/build-agent.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix, startRegistry, type TestRegistry } from './start-registry.js';

describe('registry lifecycle (T014)', () => {
  let redis: TestRedis;
  let redisPrefix: string;
  const running: TestRegistry[] = [];

  const start = async (replicaId = 'replica-1', agentTtlMs = 300) => {
    const registry = await startRegistry({ redisUrl: redis.url, redisPrefix, replicaId, agentTtlMs });
    running.push(registry);
    return registry;
  };
  const statusIn = (registry: TestRegistry, id = 'alpha') => registry.snapshot().agents.get(id)?.status;

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  beforeEach(() => {
    redisPrefix = ownPrefix();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((registry) => registry.stop()));
  });

  it('goes from joining over online to offline, with one event for each', async () => {
    const registry = await start();
    const answer = await registry.register(buildRegistration());
    expect(answer).to.deep.include({ agentId: 'alpha', status: 'registered', incarnation: 1, transport: 'direct', ttlMs: 300 });
    expect(statusIn(registry)).to.equal('joining');
    await registry.heartbeat(buildHeartbeat());
    expect(statusIn(registry)).to.equal('online');
    expect(
      registry
        .snapshot()
        .agentsByModel.get('tiny:latest')
        ?.map((agent) => agent.id),
    ).to.deep.equal(['alpha']);
    await eventually(() => expect(statusIn(registry)).to.equal('offline'));
    await eventually(() => expect(registry.told).to.deep.equal(['registered alpha', 'online alpha', 'offline alpha']));
    await registry.heartbeat(buildHeartbeat({ sequence: 2 }));
    expect(statusIn(registry)).to.equal('online');
    await eventually(() => expect(registry.told.at(-1)).to.equal('online alpha'));
  });

  it('keeps an agent and its models where an operator changes it before its first heartbeat is written', async () => {
    const registry = await start('replica-1', 5000);
    for (const id of ['alpha', 'beta']) await registry.register(buildRegistration({ agent_id: id }));
    // The writer gathers for a moment after one that it wrote.
    await registry.heartbeat(buildHeartbeat({ agent_id: 'beta' }));
    const written = registry.heartbeat(buildHeartbeat());
    await registry.patch('alpha', { weight: 5 });
    const alpha = registry.snapshot().agents.get('alpha');
    expect(alpha).to.deep.include({ status: 'online', weight: 5 });
    expect([...(alpha?.models.keys() ?? [])]).to.deep.equal(['tiny:latest']);
    await written;
  });

  it('shows the agents of another replica, with its heartbeats and models', async () => {
    const [one, two] = [await start('one'), await start('two')];
    await one.register(buildRegistration());
    await one.heartbeat(buildHeartbeat());
    await eventually(() => expect(statusIn(two)).to.equal('online'));
    await eventually(() => expect([...(two.snapshot().agents.get('alpha')?.models.keys() ?? [])]).to.deep.equal(['tiny:latest']));
    await two.heartbeat(buildHeartbeat({ sequence: 2, models: undefined, metrics: { cpu: 0.75, gpus: [] } }));
    await eventually(() => expect(one.snapshot().agents.get('alpha')?.metrics.cpu).to.equal(0.75));
  });

  it('tells offline exactly once although two replicas sweep', async () => {
    const [one, two] = [await start('one'), await start('two')];
    for (const id of ['a', 'b', 'c', 'd']) {
      await one.register(buildRegistration({ agent_id: id }));
      await one.heartbeat(buildHeartbeat({ agent_id: id }));
    }
    const offline = (registry: TestRegistry) => registry.told.filter((told) => told.startsWith('offline')).sort();
    for (const registry of [one, two]) {
      await eventually(() => expect(offline(registry)).to.deep.equal(['offline a', 'offline b', 'offline c', 'offline d']));
      await eventually(() => expect(['a', 'b', 'c', 'd'].map((id) => statusIn(registry, id))).to.deep.equal(Array(4).fill('offline')));
    }
  });

  it('keeps the fleet over a restart of the replica', async () => {
    const first = await start('one', 5000);
    await first.register(buildRegistration());
    await first.patch('alpha', { name: 'Studio', weight: 3 });
    await first.heartbeat(buildHeartbeat());
    await first.stop();
    const second = await start('one', 5000);
    expect(second.snapshot().agents.get('alpha')).to.deep.include({ name: 'Studio', weight: 3, status: 'online' });
    expect(second.snapshot().agents.get('alpha')?.metrics.cpu).to.equal(0.25);
  });
});
