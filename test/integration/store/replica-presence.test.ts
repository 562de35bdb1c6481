import { silentLogger } from '@ollama-coordinator/common';
import { connectRedis, type Redis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { announceReplica, countOtherReplicas, type ReplicaPresence } from '#coordinator/store/replica-presence.js';
import { eventually } from '../../support/eventually.js';
import { createManualClock } from '../../support/manual-clock.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';

describe('announceReplica', () => {
  const keys = redisKeys('test:');
  const clock = createManualClock();
  let server: TestRedis;
  let redis: Redis;
  let one: ReplicaPresence;
  let two: ReplicaPresence;

  const announce = (replicaId: string) => announceReplica({ redis, keys, replicaId, clock });
  /** Signs again and again, as time does. */
  const eventuallyLiving = (presence: ReplicaPresence, wanted: readonly string[]) =>
    eventually(() => {
      clock.advance(2000);
      expect(presence.living()).to.deep.equal(wanted);
    });

  before(async () => {
    server = await startRedis();
    redis = connectRedis({ url: server.url, role: 'test', log: silentLogger });
    await waitUntilReady(redis, 3000);
    [one, two] = [announce('one'), announce('two')];
  });
  after(async () => {
    await one.stop();
    redis.disconnect();
    await server.close();
  });

  it('lists the replicas that live, itself at once, and lends the same list until it changes', async () => {
    expect(announce('three').living()).to.deep.equal(['three']);
    await eventuallyLiving(one, ['one', 'three', 'two']);
    const before = one.living();
    clock.advance(2000);
    await redis.ping();
    await countOtherReplicas(redis, keys, 'one');
    expect(one.living()).to.equal(before);
  });

  it('misses one that stopped, and one whose sign ran out', async () => {
    await two.stop();
    await eventuallyLiving(one, ['one', 'three']);
    await redis.sadd(keys.replicas, 'died');
    expect(await countOtherReplicas(redis, keys, 'one')).to.equal(1);
    expect(await redis.smembers(keys.replicas)).to.not.include('died');
  });
});
