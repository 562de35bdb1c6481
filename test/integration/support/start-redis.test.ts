import { expect } from 'chai';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from '../../support/start-redis.js';

describe('startRedis', () => {
  let server: TestRedis;

  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.close());

  async function withClient<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(server.url, { maxRetriesPerRequest: 1 });
    try {
      return await use(redis);
    } finally {
      redis.disconnect();
    }
  }

  it('keeps its data over a kill and a restart, as another process', async () => {
    const firstPid = server.pid;
    await withClient((redis) => redis.set('kept', 'yes'));
    await server.kill();
    await server.restart();
    expect(server.pid).not.to.equal(firstPid);
    expect(await withClient((redis) => redis.get('kept'))).to.equal('yes');
  });

  it('answers nothing while paused', async () => {
    await withClient(async (redis) => {
      await redis.ping();
      server.pause();
      const reply = redis.ping();
      const first = await Promise.race([reply, new Promise((resolve) => setTimeout(() => resolve('silence'), 50))]);
      expect(first).to.equal('silence');
      server.resume();
      expect(await reply).to.equal('PONG');
    });
  });
});
