import { expect } from 'chai';
import { buildHeartbeat, buildRegistration } from '../../support/build-agent.js';
import { eventually } from '../../support/eventually.js';
import { type FakeAgentWatch, startFakeAgentWatch } from '../../support/fake-agent-watch.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { beat, ownPrefix, startRegistry, type TestRegistry } from './start-registry.js';

const RUNNER = { model: 'tiny:latest', signature: 'tiny:latest', state: 'ready', slots: 2, in_flight: 1 } as const;
const STATE = {
  type: 'state',
  sequence: 2,
  state: 'ready',
  in_flight: { one: 1 },
  runners: [{ ...RUNNER, digest: '', size_bytes: 0, vram_bytes: 0 }],
} as const;

describe('agent watches', () => {
  let redis: TestRedis;
  let registry: TestRegistry;
  let agent: FakeAgentWatch;
  let stopBeating: () => void;

  const alpha = () => registry.snapshot().agents.get('alpha');

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  beforeEach(async () => {
    agent = await startFakeAgentWatch();
    registry = await startRegistry({
      redisUrl: redis.url,
      redisPrefix: ownPrefix(),
      agentTtlMs: 10_000,
      agentToken: (id) => `token-of-${id}`,
    });
    await registry.register(buildRegistration({ port: agent.port }));
    let sequence = 0;
    stopBeating = beat(() => {
      sequence += 1;
      return registry.heartbeat(buildHeartbeat({ sequence }));
    }, 100);
    await eventually(() => expect([alpha()?.status, agent.open()]).to.deep.equal(['online', 1]));
  });

  afterEach(async () => {
    stopBeating();
    await registry.stop();
    await agent.close();
  });

  it('shows runners and what is in flight at once, and heartbeats do not undo it', async () => {
    expect(agent.authorizations).to.deep.equal(['Bearer token-of-alpha']);
    agent.send({ ...STATE, runners: [...STATE.runners] });
    await eventually(() => expect(alpha()?.inFlightByReplica).to.deep.equal({ one: 1 }));
    const seen = alpha()?.lastSeenAtMs ?? 0;
    await eventually(() => expect(alpha()?.lastSeenAtMs).to.be.greaterThan(seen));
    expect(alpha()?.runners.map((runner) => runner.in_flight)).to.deep.equal([1]);
    expect(alpha()?.models.has('tiny:latest')).to.equal(true);
  });

  it('suspects an agent whose watch is silent, while its heartbeats come, and trusts it again when it speaks', async () => {
    agent.ping(false);
    await eventually(() => expect(alpha()?.status).to.equal('suspect'), { withinMs: 8000 });
    expect(registry.told).to.include('suspect alpha');
    agent.ping(true);
    await eventually(() => expect(alpha()?.status).to.equal('online'), { withinMs: 9000 });
    expect(registry.told.filter((told) => told === 'suspect alpha')).to.have.length(1);
  }).timeout(20_000);

  it('suspects an agent whose watch breaks, and opens another', async () => {
    agent.breakOff();
    await eventually(() => expect(registry.told).to.include('suspect alpha'));
    await eventually(() => expect(alpha()?.status).to.equal('online'));
    expect(agent.authorizations).to.have.length(2);
  });

  it('passes grants on, also where they come in pieces and beside pings', async () => {
    const grants: unknown[] = [];
    registry.onGrant((id, grant) => grants.push([id, grant]));
    agent.sendText('{"type":"ping"}\n{"type":"grant","grant_id":"g1","sig');
    agent.sendText('nature":"tiny:latest","lease_ms":50}\n{"type":"ping"}\n');
    await eventually(() => expect(grants).to.deep.equal([['alpha', { grantId: 'g1', signature: 'tiny:latest', leaseMs: 50 }]]));
  });

  it('drains an agent that is leaving, and counts it as gone when it closed its watch', async () => {
    agent.send({ type: 'leaving' });
    await eventually(() => expect(alpha()?.status).to.equal('draining'));
    stopBeating();
    agent.breakOff();
    await eventually(() => expect(alpha()?.status).to.equal('offline'));
    await eventually(() => expect(registry.told.at(-1)).to.equal('left alpha'));
    expect(agent.open()).to.equal(0);
  });

  it('moves to the address of a newer start', async () => {
    const other = await startFakeAgentWatch();
    await registry.register(buildRegistration({ incarnation: 2, port: other.port }));
    await eventually(() => expect([agent.open(), other.open()]).to.deep.equal([0, 1]));
    await other.close();
  });

  it('sends the latest wants', async () => {
    const wanting = (waiting: number) => ({ wants: [{ signature: 'tiny:latest', priority: 0, virtual_time: 1, waiting }] });
    for (const waiting of [1, 2, 3, 4]) registry.sendWants('alpha', wanting(waiting));
    await eventually(() => expect(agent.wants.at(-1)).to.deep.equal(wanting(4)));
    expect(agent.wants).to.have.length(2);
  });
});
