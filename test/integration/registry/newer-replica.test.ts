import { redisKeys } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { buildHeartbeat, buildRegistration } from '../../support/build-agent.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix, startRegistry, type TestRegistry } from './start-registry.js';

/** What a replica one version ahead may write beside this one: words and records that are not known here. */
describe('registry beside a newer replica', () => {
  let server: TestRedis;
  let redis: Redis;
  let keys: ReturnType<typeof redisKeys>;
  let registry: TestRegistry;
  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    redis.on('error', () => {});
  });
  after(async () => {
    redis.disconnect();
    await server.close();
  });
  beforeEach(async () => {
    const redisPrefix = ownPrefix();
    keys = redisKeys(redisPrefix);
    registry = await startRegistry({ redisUrl: server.url, redisPrefix, agentTtlMs: 60_000 });
    await registry.register(buildRegistration());
    await registry.heartbeat(buildHeartbeat());
  });
  afterEach(() => registry.stop());

  const alpha = () => registry.snapshot().agents.get('alpha');
  const event = (type: string) => redis.xadd(keys.events, '*', 'type', type, 'agent', 'alpha', 'name', 'alpha', 'replica', 'newer');
  async function heartbeat(fields: object): Promise<void> {
    const { models: _models, ...body } = buildHeartbeat();
    const data = JSON.stringify({ ...body, ...fields });
    const entry = ['agent', 'alpha', 'incarnation', '1', 'sequence', '2', 'replica', 'newer', 'models', '', 'data', data, 'mood', 'fine'];
    await redis.xadd(keys.heartbeats, '*', ...entry);
  }

  it('reads an agent again after an event that it does not know, and tells the ones behind it', async () => {
    await redis.hset(keys.agent('alpha'), 'operator_weight', '7', 'operator_shoe_size', '43');
    await event('hibernated');
    await eventually(() => expect(alpha()?.weight).to.equal(7));
    await event('updated');
    await eventually(() => expect(registry.told.at(-1)).to.equal('updated alpha'));
    expect(registry.told.join()).to.not.include('hibernated');
  });

  it('takes an agent in a state that it does not know for one that wants no requests, and its runner for one that is there', async () => {
    const runner = { model: 'tiny:latest', signature: 'tiny:latest', state: 'dreaming', lucidity: 0.5 };
    await heartbeat({ sequence: 2, state: 'contemplating', runners: [runner], protocol_version: 2 });
    await eventually(() => expect(alpha()?.state).to.equal('paused'));
    expect(alpha()?.status).to.equal('online');
    expect(alpha()?.runners.map(({ signature, state }) => [signature, state])).to.deep.equal([['tiny:latest', 'loading']]);
    await heartbeat({ sequence: 3, state: 'ready', protocol_version: 2 });
    await eventually(() => expect(alpha()?.state).to.equal('ready'));
  });

  it('knows an agent whose way of being reached it does not', async () => {
    const hash = JSON.parse((await redis.hget(keys.agent('alpha'), 'registration')) ?? '{}');
    await redis.hset(keys.agent('alpha'), 'registration', JSON.stringify({ ...hash, transport: 'pigeon', slots: 5 }), 'presence', 'dozing');
    await event('updated');
    await eventually(() => expect(alpha()?.slots).to.equal(5));
    expect(alpha()?.transport).to.equal('direct');
  });
});

/** The other way round: a replica of this version beside one that is a version behind, and writes less. */
describe('registry beside an older replica', () => {
  it('fills in what is not there', async () => {
    const server = await startRedis();
    const redisPrefix = ownPrefix();
    const keys = redisKeys(redisPrefix);
    const redis = new Redis(server.url);
    const registry = await startRegistry({ redisUrl: server.url, redisPrefix, agentTtlMs: 60_000 });
    try {
      const { transport, protocol_version: _version, ...said } = { ...buildRegistration(), transport: 'direct' };
      const registration = {
        machineName: said.machine_name,
        address: 'http://127.0.0.1:11435',
        transport,
        protocolVersion: 0,
        ollamaVersion: '',
        heartbeatMs: said.heartbeat_ms,
        slots: said.slots,
        labels: {},
      };
      await redis.hset(keys.agent('alpha'), { incarnation: '1', registration: JSON.stringify(registration) });
      await redis.sadd(keys.agents, 'alpha');
      await redis.xadd(keys.events, '*', 'type', 'registered', 'agent', 'alpha', 'replica', 'older');
      await eventually(() => expect(registry.snapshot().agents.get('alpha')?.status).to.equal('joining'));
      const data = JSON.stringify({ agent_id: 'alpha', incarnation: 1, sequence: 1 });
      await redis.xadd(
        keys.heartbeats,
        '*',
        'agent',
        'alpha',
        'incarnation',
        '1',
        'sequence',
        '1',
        'replica',
        'older',
        'models',
        '',
        'data',
        data,
      );
      await eventually(() => expect(registry.snapshot().agents.get('alpha')?.status).to.equal('online'));
      expect(registry.snapshot().agents.get('alpha')?.state).to.equal('ready');
    } finally {
      redis.disconnect();
      await registry.stop();
      await server.close();
    }
  });
});
