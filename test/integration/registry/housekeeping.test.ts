import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { type Redis, redisKeys, StreamTail } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import type { AgentEntry } from '#coordinator/registry/agent-entry.js';
import { Housekeeping } from '#coordinator/registry/housekeeping.js';
import { joiningEntry, onlineEntry } from '../../support/build-entry.js';
import { type ConnectedRedis, startConnectedRedis } from '../../support/start-connected-redis.js';
import { ownPrefix } from './start-registry.js';

describe('Housekeeping', () => {
  let server: ConnectedRedis;
  let redis: Redis;
  let keys: ReturnType<typeof redisKeys>;
  let reloads: number;

  function create(entries: readonly AgentEntry[], cursor = '0-0', historyBytes = 1e9): Housekeeping {
    const tail = new StreamTail({ redis, keys: [], blockMs: 1, onEntries: () => {} });
    tail.seek(keys.heartbeats, cursor);
    const reload = async () => {
      reloads += 1;
    };
    return new Housekeeping({
      redis,
      keys,
      tail,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      kept: { historyDays: 7, healthDays: 30, historyBytes },
      entries: () => entries,
      reload,
    });
  }

  before(async () => {
    server = await startConnectedRedis();
    redis = server.redis;
  });
  after(() => server.close());
  beforeEach(() => {
    keys = redisKeys(ownPrefix());
    reloads = 0;
  });

  it('takes one health sample per online agent and minute, however many replicas do so (T043)', async () => {
    const entries = [onlineEntry('a'), onlineEntry('b'), joiningEntry('c')];
    await Promise.all([create(entries).run(), create(entries).run(), create(entries).run()]);
    const samples = await Promise.all(['a', 'b', 'c'].map((id) => redis.xrange(keys.healthHistory(id), '-', '+')));
    const minutes = new Set(samples[0]?.map(([id]) => id));
    expect(minutes.size).to.equal(samples[0]?.length);
    // Two, where the test ran over the end of a minute.
    expect(samples.map((found) => Math.min(found.length, 1))).to.deep.equal([1, 1, 0]);
    expect(samples[0]?.length).to.be.at.most(2);
    expect(samples[0]?.[0]?.[1]).to.deep.equal(['cpu', '0.250', 'memory', '0.500', 'in_flight', '0']);
  });

  it('trims requests that take too much memory, the oldest first', async () => {
    const pipeline = redis.pipeline();
    for (let index = 0; index < 2000; index += 1) pipeline.xadd(keys.requests, '*', 'n', String(index), 'data', 'x'.repeat(500));
    await pipeline.exec();
    await create([], '0-0', 400_000).run();
    expect(await redis.memory('USAGE', keys.requests)).to.be.below(440_000);
    const [newest] = await redis.xrevrange(keys.requests, '+', '-', 'COUNT', 1);
    expect(newest?.[1][1]).to.equal('1999');
    expect(await redis.xlen(keys.requests)).to.be.above(300);
  });

  it('trims what is old, by the age that each stream is kept', async () => {
    const [seconds] = await redis.time();
    const agoMs = (ms: number) => `${Number(seconds) * 1000 - ms}-1`;
    const hour = 3_600_000;
    // Trimming is by whole blocks of entries: some hundred old ones, so that the first blocks are old altogether.
    for (const [key, oldMs] of [
      [keys.heartbeats, hour],
      [keys.events, 8 * 24 * hour],
      [keys.requests, 8 * 24 * hour],
    ] as const) {
      const pipeline = redis.pipeline();
      for (let index = 0; index < 300; index += 1) pipeline.xadd(key, agoMs(oldMs - index), 'n', 'old');
      pipeline.xadd(key, agoMs(1000), 'n', 'young');
      await pipeline.exec();
    }
    await create([], agoMs(1000)).run();
    for (const key of [keys.heartbeats, keys.events, keys.requests]) {
      expect(await redis.xlen(key)).to.be.below(150);
      expect((await redis.xrevrange(key, '+', '-', 'COUNT', 1))[0]?.[1]).to.deep.equal(['n', 'young']);
    }
  });

  it('reads the keys again where the tail fell behind what is kept, or the stream began anew', async () => {
    await redis.xadd(keys.heartbeats, '5-1', 'n', '1');
    await create([], '5-1').run();
    expect(reloads).to.equal(0);
    await redis.xadd(keys.heartbeats, '9-1', 'n', '1');
    await create([], '3-0').run();
    await create([], '11-0').run();
    expect(reloads).to.equal(2);
  });
});
