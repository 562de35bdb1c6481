import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { ownPrefix, startRegistry, type TestRegistry } from '../registry/start-registry.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

/** What is posted ends at a coordinator of its own, so that the registry hears the agent by way of Redis alone. */
describe('an agent that publishes to Redis, and a registry that no heartbeat is posted to', () => {
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let redis: TestRedis;
  let registry: TestRegistry;
  let agent: TestAgent;

  const record = () => registry.snapshot().agents.get(agent.status().agentId ?? '');

  beforeEach(async () => {
    [coordinator, ollama, redis] = await Promise.all([startFakeCoordinator({ heartbeatMs: 300 }), startStubOllama(), startRedis()]);
    const redisPrefix = ownPrefix();
    registry = await startRegistry({ redisUrl: redis.url, redisPrefix, agentTtlMs: 2000 });
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, redisUrl: redis.url, redisPrefix });
    await registry.register(await eventually(() => coordinator.registrations[0] ?? false));
  });
  afterEach(async () => {
    await agent.stop();
    await registry.stop();
    await Promise.all([redis.close(), ollama.close(), coordinator.close()]);
  });

  it('is online with its models, and stays so', async () => {
    await eventually(() => expect(record()?.status).to.equal('online'));
    await eventually(() => expect([...(record()?.models.keys() ?? [])]).to.deep.equal(['tiny:latest']));
    const seenMs = record()?.lastSeenAtMs ?? 0;
    await eventually(() => expect(record()?.lastSeenAtMs).to.be.greaterThan(seenMs + 2000));
    expect(registry.told.filter((told) => told.startsWith('online'))).to.have.length(1);
  });

  it('shows within a second what changed, and tells of a model that was loaded', async () => {
    await eventually(() => expect(record()?.state).to.equal('ready'));
    const pulledMs = performance.now();
    ollama.models.push({ name: 'other:latest', digest: 'd2', size: 10 });
    await eventually(() => expect(record()?.models.has('other:latest')).to.equal(true));
    expect(performance.now() - pulledMs).to.be.lessThan(1000);
    ollama.loaded.push({ name: 'other:latest', digest: 'd2', size: 10, context_length: 2048 });
    await eventually(() => expect(record()?.runners.map(({ model }) => model)).to.deep.equal(['other:latest']));
    await eventually(() => expect(registry.told.at(-1)).to.equal(`model_loaded ${record()?.id}`));
  });

  it('is offline when it leaves', async () => {
    await eventually(() => expect(record()?.status).to.equal('online'));
    const id = agent.status().agentId ?? '';
    await agent.stop();
    await eventually(() => expect(registry.snapshot().agents.get(id)?.status).to.equal('offline'));
  });
});
