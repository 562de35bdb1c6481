import { type HealthCheckRequest, healthCheckRequestSchema } from '@ollama-coordinator/common';
import { redisKeys } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

describe('an agent that publishes to Redis', () => {
  const keys = redisKeys('t1:');
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let redis: TestRedis;
  let reader: Redis;
  let agent: TestAgent;
  let id: string;

  beforeEach(async () => {
    [coordinator, ollama, redis] = await Promise.all([startFakeCoordinator(), startStubOllama(), startRedis()]);
    reader = new Redis(redis.url, { retryStrategy: () => 50 });
    reader.on('error', () => undefined);
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, redisUrl: redis.url, redisPrefix: 't1:' });
    id = agent.status().agentId ?? '';
  });

  afterEach(async () => {
    await agent.stop();
    reader.disconnect();
    await Promise.all([redis.close(), ollama.close(), coordinator.close()]);
  });

  const readStream = async (): Promise<HealthCheckRequest[]> =>
    (await reader.xrange(keys.agentHeartbeats(id), '-', '+')).map(([, fields]) => {
      expect(fields[0]).to.equal('data');
      return healthCheckRequestSchema.parse(JSON.parse(fields[1] ?? ''));
    });

  it('writes its sign of life and its stream, and asks the coordinator now and then', async () => {
    const entries = await eventually(async () => {
      const found = await readStream();
      return found.length >= 8 && found;
    });
    expect(entries[0]).to.deep.include({ agent_id: id, state: 'ready' });
    expect(entries[0]?.models).to.have.length(1);
    expect(entries.map(({ sequence }) => sequence)).to.deep.equal([...entries.keys()].map((index) => (entries[0]?.sequence ?? 0) + index));
    expect(coordinator.heartbeats.length).to.be.within(1, entries.length / 2);
    const alive = JSON.parse((await reader.get(keys.agentAlive(id))) ?? '{}');
    expect(alive).to.include({ agent_id: id });
    expect(await reader.pttl(keys.agentAlive(id))).to.be.within(1, 300);
    expect((await reader.keys('*')).sort(), 'its own keys only').to.deep.equal([keys.agentAlive(id), keys.agentHeartbeats(id)].sort());
  });

  it('goes to the coordinator while Redis is away, and back to it', async () => {
    await eventually(async () => (await readStream()).length > 0);
    await redis.kill();
    const seen = coordinator.heartbeats.length;
    await eventually(() => coordinator.heartbeats.length >= seen + 5);
    await redis.restart();
    const last = coordinator.heartbeats.at(-1)?.sequence ?? 0;
    await eventually(async () => (await readStream()).some(({ sequence }) => sequence > last));
  });

  it('takes its sign of life away when it leaves', async () => {
    await eventually(async () => (await reader.exists(keys.agentAlive(id))) === 1);
    await agent.stop();
    expect(await reader.exists(keys.agentAlive(id))).to.equal(0);
  });
});
