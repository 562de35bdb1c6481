import { expect } from 'chai';
import { Redis } from 'ioredis';
import { buildHeartbeat, buildRegistration } from '../../support/build-agent.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix, startRegistry, type TestRegistry } from './start-registry.js';

describe('registry of agents (T083)', () => {
  let redis: TestRedis;
  let client: Redis;
  let redisPrefix: string;
  let registry: TestRegistry;

  const alpha = () => registry.snapshot().agents.get('alpha');
  const codeOf = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'none',
      (error) => error.code,
    );
  /** The events so far; the marker proves that everything before it was told. */
  async function told(): Promise<readonly string[]> {
    await client.xadd(`${redisPrefix}{oc}:events`, '*', 'type', 'setting_changed', 'replica', 'test');
    return eventually(() => {
      const marker = registry.told.indexOf('setting_changed ');
      if (marker < 0) throw new Error('the marker is not there yet');
      return registry.told.slice(0, marker);
    });
  }

  before(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  after(async () => {
    client.disconnect();
    await redis.close();
  });
  beforeEach(async () => {
    redisPrefix = ownPrefix();
    registry = await startRegistry({ redisUrl: redis.url, redisPrefix, agentTtlMs: 10_000 });
  });
  afterEach(() => registry.stop());

  it('registers, updates and tells both once', async () => {
    expect((await registry.register(buildRegistration())).status).to.equal('registered');
    expect((await registry.register(buildRegistration({ port: 12_000 }))).status).to.equal('updated');
    expect(alpha()?.address).to.equal('http://127.0.0.1:12000');
    expect(await told()).to.deep.equal(['registered alpha', 'updated alpha']);
  });

  it('tells nothing when the same start says the same again', async () => {
    await registry.register(buildRegistration());
    expect((await registry.register(buildRegistration())).status).to.equal('updated');
    expect(await told()).to.deep.equal(['registered alpha']);
  });

  it('lets a newer start take over, as joining, and refuses the older one from then on', async () => {
    await registry.register(buildRegistration({ incarnation: 5 }));
    await registry.heartbeat(buildHeartbeat({ incarnation: 5, sequence: 9 }));
    await registry.register(buildRegistration({ incarnation: 6 }));
    expect(alpha()).to.deep.include({ incarnation: 6, status: 'joining' });
    expect(await codeOf(registry.register(buildRegistration({ incarnation: 5 })))).to.equal('OLD_INCARNATION');
    expect(await codeOf(registry.heartbeat(buildHeartbeat({ incarnation: 5, sequence: 10 })))).to.equal('OLD_INCARNATION');
    await registry.heartbeat(buildHeartbeat({ incarnation: 6, sequence: 1 }));
    expect(alpha()?.status).to.equal('online');
    expect(await told()).to.deep.equal(['registered alpha', 'online alpha', 'updated alpha', 'online alpha']);
  });

  it('gives an agent without an id one of its machine name and port', async () => {
    const { agentId } = await registry.register(buildRegistration({ agent_id: undefined, machine_name: 'Mac Studio', ollama_port: 11434 }));
    expect(agentId).to.equal('mac-studio-11434');
  });

  it('keeps what an operator decided over registrations', async () => {
    await registry.register(buildRegistration({ labels: { room: 'lab' } }));
    await registry.patch('alpha', { name: 'Studio', labels: { room: 'attic' }, weight: 2, tier: 1 });
    await registry.setDraining('alpha', true);
    await registry.register(buildRegistration({ incarnation: 2, labels: { room: 'cellar' } }));
    expect(alpha()).to.deep.include({ name: 'Studio', labels: { room: 'attic' }, weight: 2, tier: 1, status: 'draining' });
    expect(await registry.heartbeat(buildHeartbeat({ incarnation: 2 }))).to.deep.include({ draining: true });
    await registry.setDraining('alpha', true);
    await registry.setDraining('alpha', false);
    expect(alpha()?.status).to.equal('online');
    const expected = ['registered', 'updated', 'draining', 'updated', 'online', 'resumed'].map((type) => `${type} alpha`);
    expect(await told()).to.deep.equal(expected);
  });

  it('forgets a removed agent, whose heartbeats then ask it to register', async () => {
    await registry.register(buildRegistration());
    await registry.remove('alpha');
    expect(registry.snapshot().agents.size).to.equal(0);
    expect(await client.keys(`${redisPrefix}*alpha*`)).to.deep.equal([]);
    expect(await codeOf(registry.heartbeat(buildHeartbeat()))).to.equal('AGENT_NOT_REGISTERED');
    expect(await codeOf(registry.remove('alpha'))).to.equal('UNKNOWN_AGENT');
    expect(await codeOf(registry.patch('alpha', { weight: 1 }))).to.equal('UNKNOWN_AGENT');
    expect((await registry.register(buildRegistration())).status).to.equal('registered');
  });

  it('asks a start that has not registered yet to do so', async () => {
    await registry.register(buildRegistration());
    expect(await codeOf(registry.heartbeat(buildHeartbeat({ incarnation: 2 })))).to.equal('AGENT_NOT_REGISTERED');
  });

  it('asks for the models until it has the list that the digest names', async () => {
    await registry.register(buildRegistration());
    expect((await registry.heartbeat(buildHeartbeat({ models: undefined }))).sendModels).to.equal(true);
    expect((await registry.heartbeat(buildHeartbeat({ sequence: 2 }))).sendModels).to.equal(false);
    const models = alpha()?.models;
    expect((await registry.heartbeat(buildHeartbeat({ sequence: 3, models: undefined }))).sendModels).to.equal(false);
    expect(alpha()?.models).to.equal(models);
    expect((await registry.heartbeat(buildHeartbeat({ sequence: 4, models: undefined, models_digest: 'other' }))).sendModels).to.equal(
      true,
    );
  });

  it('passes over a heartbeat that it has seen, unless the agent does not count them', async () => {
    await registry.register(buildRegistration());
    await registry.heartbeat(buildHeartbeat({ sequence: 3, metrics: { cpu: 0.3, gpus: [] } }));
    await registry.heartbeat(buildHeartbeat({ sequence: 2, metrics: { cpu: 0.2, gpus: [] } }));
    await registry.heartbeat(buildHeartbeat({ sequence: 3, metrics: { cpu: 0.9, gpus: [] } }));
    await eventually(() => expect(alpha()?.metrics.cpu).to.equal(0.3));
    expect(await client.xlen(`${redisPrefix}{oc}:heartbeats`)).to.equal(1);
    await registry.heartbeat(buildHeartbeat({ sequence: 0, metrics: { cpu: 0.4, gpus: [] } }));
    await eventually(() => expect(alpha()?.metrics.cpu).to.equal(0.4));
  });

  it('gives each of many heartbeats that are written together its own answer', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `agent-${index}`);
    await Promise.all(ids.map((id) => registry.register(buildRegistration({ agent_id: id, incarnation: 2 }))));
    const codes = await Promise.all(
      ids.map((id, index) => codeOf(registry.heartbeat(buildHeartbeat({ agent_id: id, incarnation: 1 + (index % 3) })))),
    );
    expect(codes).to.deep.equal(ids.map((_, index) => ['OLD_INCARNATION', 'none', 'AGENT_NOT_REGISTERED'][index % 3]));
    expect(await client.xlen(`${redisPrefix}{oc}:heartbeats`)).to.equal(codes.filter((code) => code === 'none').length);
  });

  it('tells two agents of one write apart: one lost by Redis, one kept', async () => {
    for (const id of ['kept', 'lost']) await registry.register(buildRegistration({ agent_id: id }));
    await client.del(`${redisPrefix}{oc}:agent:lost`);
    const codes = await Promise.all(['kept', 'lost'].map((id) => codeOf(registry.heartbeat(buildHeartbeat({ agent_id: id })))));
    expect(codes).to.deep.equal(['none', 'AGENT_NOT_REGISTERED']);
    expect(await client.exists(`${redisPrefix}{oc}:agent:kept:alive`)).to.equal(1);
  });

  it('shows an agent that left as offline at once, and does not hear an older start say goodbye', async () => {
    await registry.register(buildRegistration({ incarnation: 2 }));
    await registry.heartbeat(buildHeartbeat({ incarnation: 2 }));
    await registry.leave('alpha', 1);
    expect(alpha()?.status).to.equal('online');
    await registry.leave('alpha', 2);
    expect(alpha()?.status).to.equal('offline');
    expect(await told()).to.deep.equal(['registered alpha', 'online alpha', 'left alpha']);
  });

  it('allows three heartbeat intervals where that is longer than the TTL', async () => {
    const { ttlMs } = await registry.register(buildRegistration({ heartbeat_ms: 5000 }));
    expect(ttlMs).to.equal(15_000);
    await registry.heartbeat(buildHeartbeat());
    expect(await client.pttl(`${redisPrefix}{oc}:agent:alpha:alive`)).to.be.within(14_000, 15_000);
  });
});
