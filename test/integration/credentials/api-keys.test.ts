import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, type Redis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { ApiKeys } from '#coordinator/credentials/api-keys.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';

const WITHIN_A_SECOND = { withinMs: 1000 };
const WANTED = { name: 'ci', scopes: ['infer' as const], limits: {} };

describe('ApiKeys', function () {
  this.timeout(30_000);
  let server: TestRedis;
  let redis: Redis;
  let one: ApiKeys;
  let other: ApiKeys;
  const keys = redisKeys();

  const startReplica = async () => {
    const replica = new ApiKeys({ redisUrl: server.url, redis, keys, clock: systemClock, log: silentLogger });
    await replica.start();
    return replica;
  };
  const isGood = (replica: ApiKeys, secret: string) => {
    const holder = replica.find(secret);
    return holder !== undefined && replica.isAlive(holder.key);
  };

  beforeEach(async () => {
    server = await startRedis();
    redis = connectRedis({ url: server.url, role: 'test', log: silentLogger, commandTimeoutMs: 500 });
    await waitUntilReady(redis, 5000);
    one = await startReplica();
    other = await startReplica();
  });
  afterEach(async () => {
    await Promise.all([one.stop(), other.stop()]);
    redis.disconnect();
    await server.close();
  });

  it('shows a key to every replica within a second, and takes it away within a second', async () => {
    const { key, secret } = await one.create(WANTED);
    expect(secret).to.match(/^oc_[A-Za-z0-9_-]{32}$/);
    await eventually(async () => isGood(other, secret), WITHIN_A_SECOND);
    await other.revoke(key.id);
    expect(isGood(other, secret)).to.equal(false);
    await eventually(async () => !isGood(one, secret), WITHIN_A_SECOND);
    expect(one.find(secret)?.key.stored.revoked_at).to.be.a('string');
  });

  it('stores no key in clear', async () => {
    const { secret } = await one.create(WANTED);
    expect(JSON.stringify(await redis.hgetall(keys.apiKeys))).not.to.include(secret.slice(3));
    expect(JSON.stringify(await redis.xrange(keys.apiKeyChanges, '-', '+'))).not.to.include(secret.slice(3));
  });

  it('tells a change to a replica that starts later', async () => {
    const { key, secret } = await one.create(WANTED);
    await one.change(key.id, { models: ['tiny'], name: 'build' });
    await one.change(key.id, { models: null, limits: { concurrency: 3 } });
    const late = await startReplica();
    try {
      expect(late.find(secret)).to.include({ id: 'build' });
      expect(late.find(secret)?.key).to.deep.include({ limits: { concurrency: 3 }, allowsModel: undefined });
    } finally {
      await late.stop();
    }
  });

  it('refuses revoked keys while Redis is away, and revokes one here meanwhile', async () => {
    const [dead, alive] = [await one.create(WANTED), await one.create({ ...WANTED, name: 'other' })];
    await one.revoke(dead.key.id);
    await eventually(async () => isGood(other, alive.secret) && !isGood(other, dead.secret), WITHIN_A_SECOND);
    await server.kill();
    for (const replica of [one, other]) {
      expect(isGood(replica, dead.secret)).to.equal(false);
      expect(isGood(replica, alive.secret)).to.equal(true);
    }
    await expectCode(one.create({ ...WANTED, name: 'third' }), 'KEYS_UNAVAILABLE');
    await expectCode(one.revoke(alive.key.id), 'KEYS_UNAVAILABLE');
    expect(isGood(one, alive.secret), 'revoked where it was asked').to.equal(false);
    expect(isGood(other, alive.secret)).to.equal(true);
    await server.restart();
    await eventually(async () => !isGood(other, alive.secret), { withinMs: 5000 });
  });

  it('gives a Redis that lost everything its keys back, the revoked ones as revoked', async () => {
    const [dead, alive] = [await one.create(WANTED), await one.create({ ...WANTED, name: 'other' })];
    await one.revoke(dead.key.id);
    await redis.flushall();
    await eventually(async () => (await redis.hlen(keys.apiKeys)) === 2, { withinMs: 5000 });
    const late = await startReplica();
    try {
      expect([isGood(late, dead.secret), isGood(late, alive.secret)]).to.deep.equal([false, true]);
    } finally {
      await late.stop();
    }
  });

  it('lets a Redis that fell back to an older copy bring no revoked key back', async () => {
    const { key, secret } = await one.create(WANTED);
    const [hash = '', before = ''] = Object.entries(await redis.hgetall(keys.apiKeys)).flat();
    await eventually(async () => isGood(other, secret), WITHIN_A_SECOND);
    await one.revoke(key.id);
    await redis.del(keys.apiKeyChanges);
    await redis.hset(keys.apiKeys, hash, before);
    await eventually(async () => (await redis.hget(keys.apiKeys, hash))?.includes('revoked_at') === true, { withinMs: 5000 });
    await redis.xadd(keys.apiKeyChanges, '*', 'hash', hash, 'data', before);
    const late = await startReplica();
    try {
      expect([one, other, late].map((replica) => isGood(replica, secret))).to.deep.equal([false, false, false]);
    } finally {
      await late.stop();
    }
  });

  it('refuses a second key of a name, and any name is free again when its key is revoked', async () => {
    const { key } = await one.create(WANTED);
    await expectCode(one.create(WANTED), 'KEY_NAME_TAKEN');
    await one.revoke(key.id);
    await one.create(WANTED);
  });

  it('keeps the last admin key', async () => {
    const { key } = await one.create({ ...WANTED, name: 'root', scopes: ['admin'] });
    await expectCode(one.revoke(key.id), 'LAST_ADMIN_KEY');
    await expectCode(one.change(key.id, { scopes: ['read'] }), 'LAST_ADMIN_KEY');
    await expectCode(one.change(key.id, { expires_at: '2020-01-01T00:00:00Z' }), 'LAST_ADMIN_KEY');
    await one.change(key.id, { name: 'root-2' });
    await one.create({ ...WANTED, name: 'root', scopes: ['admin'] });
    await one.revoke(key.id);
  });

  it('makes one first admin key, of however many replicas that start', async () => {
    const made = await Promise.all([one, other].map((replica) => replica.makeFirstAdmin()));
    expect(made.filter((secret) => secret !== undefined)).to.have.lengthOf(1);
  });

  it('revokes a configured admin key when another one is configured, and refuses to take it back', async () => {
    await one.configureAdmin('the-first-configured-key');
    await one.configureAdmin('the-first-configured-key');
    await expectCode(one.revoke('admin'), 'CONFIGURED_KEY');
    await eventually(async () => isGood(other, 'the-first-configured-key'), WITHIN_A_SECOND);
    await other.configureAdmin('the-second-configured-key');
    await eventually(async () => !isGood(one, 'the-first-configured-key'), WITHIN_A_SECOND);
    await eventually(async () => isGood(one, 'the-second-configured-key'), WITHIN_A_SECOND);
    await expectCode(one.configureAdmin('the-first-configured-key'), 'BAD_CONFIG');
  });
});

async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure, code).to.have.property('code', code);
}
