import { type Logger, silentLogger } from '@ollama-coordinator/common';
import { MIGRATIONS, redisKeys } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { buildHeartbeat, buildRegistration } from '../../support/build-agent.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { beat, ownPrefix, startRegistry, type TestRegistry } from './start-registry.js';

const AGENTS = ['a', 'b', 'c'];
const HEARTBEAT_MS = 100;
const TTL_MS = 500;

describe('registry without Redis', () => {
  let redis: TestRedis;
  let redisPrefix: string;
  let one: TestRegistry;
  let two: TestRegistry;
  let stopBeating: (() => void) | undefined;

  const statusesIn = (registry: TestRegistry) => AGENTS.map((id) => registry.snapshot().agents.get(id)?.status);
  const allOnline = (registry: TestRegistry) => expect(statusesIn(registry)).to.deep.equal(AGENTS.map(() => 'online'));
  const endings = () => [...one.told, ...two.told].filter((told) => AGENTS.includes(told.replace('offline ', '')));

  async function countAlive(): Promise<number> {
    const client = new Redis(redis.url);
    try {
      const ids = await client.smembers(`${redisPrefix}{oc}:agents`);
      const alive = await Promise.all(ids.map((id) => client.exists(`${redisPrefix}{oc}:agent:${id}:alive`)));
      return alive.reduce((sum, count) => sum + count, 0);
    } finally {
      client.disconnect();
    }
  }

  beforeEach(async () => {
    redis = await startRedis();
    redisPrefix = ownPrefix();
    one = await startRegistry({ redisUrl: redis.url, redisPrefix, replicaId: 'one', agentTtlMs: TTL_MS });
    two = await startRegistry({ redisUrl: redis.url, redisPrefix, replicaId: 'two', agentTtlMs: TTL_MS });
    let sequence = 0;
    for (const id of AGENTS) await one.register(buildRegistration({ agent_id: id }));
    stopBeating = beat(async () => {
      sequence += 1;
      const at = sequence;
      await Promise.all(AGENTS.map((id) => one.heartbeat(buildHeartbeat({ agent_id: id, sequence: at }))));
    }, HEARTBEAT_MS);
    await eventually(() => allOnline(one));
    await eventually(() => allOnline(two));
  });

  afterEach(async () => {
    stopBeating?.();
    await Promise.all([one.stop(), two.stop()]);
    await redis.close();
  });

  it('serves on from memory when Redis is killed, and agrees with it on its return, nobody falsely offline', async () => {
    await redis.kill();
    await eventually(() => expect([one.redisState(), two.redisState()]).to.deep.equal(['down', 'down']));
    const joined = await one.register(buildRegistration({ agent_id: 'late' }));
    expect(joined.status).to.equal('registered');
    const silentMs = Date.now();
    await eventually(() => expect(Date.now() - silentMs).to.be.greaterThan(2 * TTL_MS));
    allOnline(one);
    allOnline(two);
    await redis.restart();
    await eventually(() => expect([one.redisState(), two.redisState()]).to.deep.equal(['up', 'up']));
    await eventually(async () => expect(await countAlive()).to.equal(AGENTS.length));
    await eventually(() => expect(two.snapshot().agents.has('late')).to.equal(true));
    allOnline(one);
    allOnline(two);
    expect(endings()).to.deep.equal([]);
  });

  it('notices a Redis that hangs, answers heartbeats all the same, and recovers when it goes on', async () => {
    redis.pause();
    try {
      await eventually(() => expect(one.redisState()).to.equal('down'));
      const answer = await one.heartbeat(buildHeartbeat({ agent_id: 'a', sequence: 0 }));
      expect(answer).to.deep.equal({ sendModels: false, draining: false, waiting: false });
    } finally {
      redis.resume();
    }
    await eventually(() => expect([one.redisState(), two.redisState()]).to.deep.equal(['up', 'up']));
    await eventually(async () => expect(await countAlive()).to.equal(AGENTS.length));
    expect(endings()).to.deep.equal([]);
  });

  it('finds an agent silent while Redis is away, from what it heard itself', async () => {
    await redis.kill();
    await eventually(() => expect([one.redisState(), two.redisState()]).to.deep.equal(['down', 'down']));
    stopBeating?.();
    await eventually(() => expect(statusesIn(one)).to.deep.equal(AGENTS.map(() => 'offline')));
    allOnline(two);
  });

  it('is whole again within a heartbeat and three seconds of a FLUSHALL', async () => {
    await one.setDraining('b', true);
    await eventually(() => expect(two.snapshot().agents.get('b')?.status).to.equal('draining'));
    const client = new Redis(redis.url);
    const flushedMs = performance.now();
    await client.flushall();
    client.disconnect();
    await eventually(async () => expect(await countAlive()).to.equal(AGENTS.length));
    expect(performance.now() - flushedMs).to.be.lessThan(HEARTBEAT_MS + 3000);
    const expected = ['online', 'draining', 'online'];
    await eventually(() => expect([statusesIn(one), statusesIn(two)]).to.deep.equal([expected, expected]));
    const third = await startRegistry({ redisUrl: redis.url, redisPrefix, replicaId: 'three', agentTtlMs: TTL_MS });
    expect(statusesIn(third)).to.deep.equal(expected);
    await third.stop();
    expect(endings()).to.deep.equal([]);
  });

  it('goes on telling events after a FLUSHALL', async () => {
    const client = new Redis(redis.url);
    await client.flushall();
    await eventually(async () => expect(await countAlive()).to.equal(AGENTS.length));
    // With the data its version is gone; without one, an older replica that starts would take the data for its own.
    expect(await client.get(redisKeys(redisPrefix).schemaVersion)).to.equal(String(MIGRATIONS.length));
    client.disconnect();
    await one.patch('a', { weight: 2 });
    await eventually(() => expect(two.snapshot().agents.get('a')?.weight).to.equal(2));
    await eventually(() => expect(two.told.at(-1)).to.equal('updated a'));
  });

  it('drops, and does not bring back, an agent removed on another replica', async () => {
    await two.remove('c');
    await eventually(() => expect([one, two].map((registry) => registry.snapshot().agents.has('c'))).to.deep.equal([false, false]));
    const failure = await one.heartbeat(buildHeartbeat({ agent_id: 'c', sequence: 2_000_000 })).catch((error) => error);
    expect(failure.code).to.equal('AGENT_NOT_REGISTERED');
    expect(await countAlive()).to.equal(AGENTS.length - 1);
  });
});

describe('registry after an outage without loss of data', () => {
  it('writes back the signs of life that ran out meanwhile, of agents that it heard itself', async () => {
    const redis = await startRedis();
    const redisPrefix = ownPrefix();
    const registry = await startRegistry({ redisUrl: redis.url, redisPrefix, agentTtlMs: 30_000 });
    const client = new Redis(redis.url, { retryStrategy: () => 50 });
    client.on('error', () => {});
    const alive = `${redisPrefix}{oc}:agent:alpha:alive`;
    try {
      await registry.register(buildRegistration());
      await registry.heartbeat(buildHeartbeat());
      // As if the outage outlasted what was left of the key's time.
      await client.del(alive);
      await redis.kill();
      await eventually(() => expect(registry.redisState()).to.equal('down'));
      await registry.heartbeat(buildHeartbeat({ sequence: 2, metrics: { cpu: 0.75, gpus: [] } }));
      await redis.restart();
      await eventually(() => expect(registry.redisState()).to.equal('up'));
      await eventually(() => expect(client.status).to.equal('ready'));
      expect(JSON.parse((await client.get(alive)) ?? '{}')).to.deep.include({ sequence: 2 });
      expect(await client.pttl(alive)).to.be.within(20_000, 30_000);
    } finally {
      client.disconnect();
      await registry.stop();
      await redis.close();
    }
  });
});

describe('registry stop', () => {
  it('is no outage: nothing is logged and no state told', async () => {
    const redis = await startRedis();
    const lines: string[] = [];
    const keep = (message: string) => void lines.push(message);
    const log: Logger = Object.assign(Object.create(silentLogger), { info: keep, warn: keep });
    const registry = await startRegistry({ redisUrl: redis.url, redisPrefix: ownPrefix(), log });
    const states: string[] = [];
    registry.onRedisState((state) => states.push(state));
    await registry.stop();
    await redis.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect([lines, states]).to.deep.equal([['redis answers'], []]);
  });
});

describe('registry start', () => {
  it('fails within seconds, without the password, where Redis is not there', async () => {
    const redis = await startRedis();
    await redis.kill();
    const startedMs = performance.now();
    const failure = await startRegistry({ redisUrl: `redis://:secret@127.0.0.1:${redis.port}`, redisPrefix: ownPrefix() }).catch(
      (error) => error,
    );
    expect(failure.code).to.equal('REDIS_UNREACHABLE');
    expect(failure.message).to.include('ECONNREFUSED').and.not.include('secret');
    expect(performance.now() - startedMs).to.be.lessThan(6000);
    await redis.close();
  });
});
