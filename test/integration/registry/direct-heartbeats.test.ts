import type { HealthCheckRequest } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { streamOwner } from '#coordinator/registry/stream-owner.js';
import { buildHeartbeat, buildRegistration } from '../../support/build-agent.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix, startRegistry, type TestRegistry } from './start-registry.js';

const LAST_ID = '18446744073709551615-18446744073709551615';

describe('heartbeats that agents write to Redis', () => {
  let redis: TestRedis;
  let client: Redis;
  let redisPrefix: string;
  let living: string[];
  let dropped: Record<string, number>;
  const running: TestRegistry[] = [];

  const streamKey = (id = 'alpha') => `${redisPrefix}{oc}:agent:${id}:heartbeats`;
  const aliveKey = (id = 'alpha') => `${redisPrefix}{oc}:agent:${id}:alive`;
  const cpuIn = (registry: TestRegistry, id = 'alpha') => registry.snapshot().agents.get(id)?.metrics.cpu;

  async function start(replicaId = 'one', agentTtlMs = 10_000): Promise<TestRegistry> {
    const registry = await startRegistry({
      redisUrl: redis.url,
      redisPrefix,
      replicaId,
      agentTtlMs,
      livingReplicas: () => living,
      onDroppedHeartbeats: (reason, count) => {
        dropped[reason] = (dropped[reason] ?? 0) + count;
      },
    });
    running.push(registry);
    return registry;
  }
  /** As an agent does. */
  async function publish(body: HealthCheckRequest, ttlMs = 10_000): Promise<void> {
    const payload = JSON.stringify(body);
    await client.multi().set(aliveKey(body.agent_id), payload, 'PX', ttlMs).xadd(streamKey(body.agent_id), '*', 'data', payload).exec();
  }
  const heartbeat = (sequence: number, cpu = 0.5, fields = {}) => buildHeartbeat({ sequence, metrics: { cpu, gpus: [] }, ...fields });
  /** What the shared stream holds, as `replica agent sequence`. */
  async function ingested(): Promise<readonly string[]> {
    const entries = await client.xrange(`${redisPrefix}{oc}:heartbeats`, '-', '+');
    return entries.map(([, fields]) => `${fields[7]} ${fields[1]} ${fields[5]}`);
  }

  before(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  after(async () => {
    client.disconnect();
    await redis.close();
  });
  beforeEach(() => {
    redisPrefix = ownPrefix();
    living = ['one'];
    dropped = {};
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((registry) => registry.stop()));
  });

  it('are like posted ones: online once, models, one entry each in the shared stream', async () => {
    const registry = await start();
    await registry.register(buildRegistration());
    for (const sequence of [1, 2, 3]) await publish(heartbeat(sequence, sequence / 10));
    await eventually(() => expect(cpuIn(registry)).to.equal(0.3));
    expect(registry.snapshot().agents.get('alpha')?.status).to.equal('online');
    expect(registry.snapshot().agentsByModel.has('tiny:latest')).to.equal(true);
    const publishedMs = performance.now();
    await publish(heartbeat(4, 0.4));
    await eventually(() => expect(cpuIn(registry)).to.equal(0.4));
    expect(performance.now() - publishedMs).to.be.lessThan(1000);
    expect(await ingested()).to.deep.equal([1, 2, 3, 4].map((sequence) => `one alpha ${sequence}`));
    await eventually(() => expect(registry.told).to.deep.equal(['registered alpha', 'online alpha']));
    expect(dropped).to.deep.equal({});
  });

  it('are read by one of two replicas, each entry once', async () => {
    living = ['one', 'two'];
    const [one, two] = [await start('one'), await start('two')];
    const ids = Array.from({ length: 12 }, (_, index) => `agent-${index}`);
    for (const id of ids) await one.register(buildRegistration({ agent_id: id }));
    await eventually(() => expect(two.snapshot().agents.size).to.equal(ids.length));
    for (const sequence of [1, 2, 3, 4]) {
      for (const id of ids) await publish(heartbeat(sequence, sequence / 10, { agent_id: id }));
      for (const registry of [one, two]) {
        await eventually(() => expect(ids.map((id) => cpuIn(registry, id))).to.deep.equal(ids.map(() => sequence / 10)));
      }
    }
    const wanted = ids.flatMap((id) => [1, 2, 3, 4].map((sequence) => `${streamOwner(id, living)} ${id} ${sequence}`));
    expect([...(await ingested())].sort()).to.deep.equal(wanted.sort());
    expect(new Set(ids.map((id) => streamOwner(id, living))).size).to.equal(2);
  });

  it('are read on by the other replica when one dies, and shared again when one joins', async () => {
    living = ['one', 'two'];
    const [one, two] = [await start('one'), await start('two')];
    const id = Array.from({ length: 50 }, (_, index) => `agent-${index}`).find((name) => streamOwner(name, living) === 'two') ?? '';
    await one.register(buildRegistration({ agent_id: id }));
    await eventually(() => expect(two.snapshot().agents.has(id)).to.equal(true));
    await publish(heartbeat(1, 0.1, { agent_id: id }));
    await eventually(() => expect(cpuIn(one, id)).to.equal(0.1));
    running.splice(running.indexOf(two), 1);
    await two.stop();
    await publish(heartbeat(2, 0.2, { agent_id: id }));
    living = ['one'];
    await eventually(() => expect(cpuIn(one, id)).to.equal(0.2));
    const third = await start('two');
    living = ['one', 'two'];
    await eventually(async () => {
      await publish(heartbeat(Date.now(), 0.3, { agent_id: id }));
      expect((await ingested()).at(-1)).to.match(/^two /);
    });
    await eventually(() => expect([cpuIn(one, id), cpuIn(third, id)]).to.deep.equal([0.3, 0.3]));
    expect(one.told.filter((told) => told === `online ${id}`)).to.have.length(1);
  });

  it('are not brought back to life by what an agent that left has written', async () => {
    const registry = await start();
    await registry.register(buildRegistration());
    await publish(heartbeat(1, 0.1));
    await eventually(() => expect(cpuIn(registry)).to.equal(0.1));
    await client
      .multi()
      .xadd(streamKey(), '*', 'data', JSON.stringify(heartbeat(2, 0.2)))
      .del(aliveKey())
      .exec();
    await registry.leave('alpha', 1);
    await eventually(() => expect(dropped).to.deep.equal({ silent: 1 }));
    expect(registry.snapshot().agents.get('alpha')?.status).to.equal('offline');
    expect(await client.exists(aliveKey())).to.equal(0);
  });

  describe('written by someone hostile', () => {
    let registry: TestRegistry;
    beforeEach(async () => {
      registry = await start();
      await registry.register(buildRegistration({ incarnation: 5 }));
      await registry.register(buildRegistration({ agent_id: 'other', incarnation: 5 }));
      await client.set(aliveKey(), 'anything', 'PX', 10_000);
    });
    const good = (sequence: number, cpu: number) => heartbeat(sequence, cpu, { incarnation: 5 });
    const valid = (fields: object) => JSON.stringify({ ...good(1, 0.9), ...fields });

    const cases: { what: string; payload: () => string; reason: string }[] = [
      { what: 'no JSON', payload: () => '{"agent_id": "alpha"', reason: 'invalid' },
      { what: 'another JSON', payload: () => '[null]', reason: 'invalid' },
      { what: "another agent's id", payload: () => valid({ agent_id: 'other' }), reason: 'invalid' },
      { what: 'a figure that is none', payload: () => valid({ metrics: { cpu: 'NaN' } }), reason: 'invalid' },
      { what: 'a figure out of bounds', payload: () => valid({}).replace('"cpu":0.9', '"cpu":1e999'), reason: 'invalid' },
      { what: 'a sequence beyond counting', payload: () => valid({ sequence: 1e300 }), reason: 'invalid' },
      { what: 'an older start', payload: () => valid({ incarnation: 4 }), reason: 'old' },
      { what: 'a start that has not registered', payload: () => valid({ incarnation: 6 }), reason: 'unknown' },
      { what: 'more than a heartbeat may be', payload: () => valid({ padding: 'x'.repeat(5_000_000) }), reason: 'invalid' },
    ];
    for (const { what, payload, reason } of cases) {
      it(`drops and counts ${what}, and takes the next`, async () => {
        await client.xadd(streamKey(), '*', 'data', payload());
        await eventually(() => expect(dropped).to.deep.equal({ [reason]: 1 }));
        expect(await ingested()).to.deep.equal([]);
        await publish(good(1, 0.2));
        await eventually(() => expect(cpuIn(registry)).to.equal(0.2));
        expect(dropped).to.deep.equal({ [reason]: 1 });
        expect(registry.snapshot().agents.get('other')?.status).to.equal('joining');
      });
    }

    it('drops entries with other fields', async () => {
      await client.xadd(streamKey(), '*', 'data', valid({}), 'more', '1');
      await client.xadd(streamKey(), '*', 'other', valid({}));
      await eventually(() => expect(dropped).to.deep.equal({ invalid: 2 }));
    });

    it('goes on after an entry with the last id that there is', async () => {
      await client.xadd(streamKey(), LAST_ID, 'data', valid({ sequence: 1 }));
      await eventually(async () => {
        await publish(good(2, 0.2));
        expect(cpuIn(registry)).to.equal(0.2);
      });
      await publish(good(3, 0.3));
      await eventually(() => expect(cpuIn(registry)).to.equal(0.3));
    });

    it('goes on after the stream began anew with lower ids, and after it was trimmed', async () => {
      await publish(good(1, 0.1));
      await eventually(() => expect(cpuIn(registry)).to.equal(0.1));
      await client
        .multi()
        .del(streamKey())
        .xadd(streamKey(), '5-1', 'data', JSON.stringify(good(2, 0.2)))
        .exec();
      await eventually(() => expect(cpuIn(registry)).to.equal(0.2));
      await client
        .multi()
        .xtrim(streamKey(), 'MAXLEN', 0)
        .xadd(streamKey(), '6-1', 'data', JSON.stringify(good(3, 0.3)))
        .exec();
      await eventually(() => expect(cpuIn(registry)).to.equal(0.3));
    });

    it('reads only the newest of a flood, and cuts it off', async () => {
      const pipeline = client.pipeline();
      for (let sequence = 1; sequence <= 3000; sequence += 1) pipeline.xadd(streamKey(), '*', 'data', JSON.stringify(good(sequence, 0.3)));
      await pipeline.exec();
      await eventually(() => expect(cpuIn(registry)).to.equal(0.3));
      await eventually(async () => expect(await client.xlen(streamKey())).to.equal(100));
      expect((await ingested()).length).to.be.lessThan(200);
      expect((await ingested()).at(-1)).to.equal('one alpha 3000');
    });

    it('lets nobody wait for an agent whose keys are of another kind', async () => {
      await client.multi().rpush(streamKey(), 'a').del(aliveKey()).rpush(aliveKey(), 'a').exec();
      await eventually(() => expect(dropped).to.deep.equal({ invalid: 1 }));
      expect(await client.exists(streamKey())).to.equal(0);
      const second = await start('two');
      expect([...second.snapshot().agents.keys()].sort()).to.deep.equal(['alpha', 'other']);
    });

    it('bounds how long a sign of life lasts, whatever the agent set', async () => {
      const short = await start('two', 300);
      await registry.heartbeat(good(1, 0.1));
      await client.set(aliveKey(), JSON.stringify(good(1, 0.1)));
      await eventually(() => expect(short.snapshot().agents.get('alpha')?.status).to.equal('offline'));
    });
  });

  it('leave no key behind when the agent is removed', async () => {
    const registry = await start();
    await registry.register(buildRegistration());
    await publish(heartbeat(1));
    await eventually(() => expect(cpuIn(registry)).to.equal(0.5));
    await registry.remove('alpha');
    expect(await client.keys(`${redisPrefix}*alpha*`)).to.deep.equal([]);
  });

  it('are read again after Redis was away', async () => {
    const own = await startRedis();
    const registry = await startRegistry({ redisUrl: own.url, redisPrefix, replicaId: 'one', agentTtlMs: 10_000 });
    const writer = new Redis(own.url, { retryStrategy: () => 50 });
    writer.on('error', () => {});
    try {
      await registry.register(buildRegistration());
      await own.kill();
      await eventually(() => expect(registry.redisState()).to.equal('down'));
      await own.restart();
      await eventually(() => expect([registry.redisState(), writer.status]).to.deep.equal(['up', 'ready']));
      const payload = JSON.stringify(heartbeat(1, 0.7));
      await writer.multi().set(aliveKey(), payload, 'PX', 10_000).xadd(streamKey(), '*', 'data', payload).exec();
      await eventually(() => expect(cpuIn(registry)).to.equal(0.7));
    } finally {
      writer.disconnect();
      await registry.stop();
      await own.close();
    }
  });
});
