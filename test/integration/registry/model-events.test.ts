import type { FleetEvent } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createDashboardFeed } from '#coordinator/dashboard/dashboard-feed.js';
import { buildHeartbeat, buildRegistration } from '../../support/build-agent.js';
import { eventually } from '../../support/eventually.js';
import { createManualClock } from '../../support/manual-clock.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix, startRegistry, type TestRegistry } from './start-registry.js';

describe('events of models', () => {
  let redis: TestRedis;
  let client: Redis;
  let redisPrefix: string;
  let one: TestRegistry;
  let two: TestRegistry;
  let sequence: number;

  const heartbeatWith = (models: readonly string[], fields = {}) => {
    sequence += 1;
    const runners = models.map((model) => ({ model, signature: model }));
    return buildHeartbeat({ sequence, runners, ...fields });
  };
  /** What the stream holds, as `loaded tiny`. */
  async function told(): Promise<readonly string[]> {
    const entries = await client.xrange(`${redisPrefix}{oc}:events`, '-', '+');
    return entries.flatMap(([, fields]) => {
      const { type = '', model = '' } = Object.fromEntries(
        fields.flatMap((field, index) => (index % 2 ? [] : [[field, fields[index + 1]]])),
      ) as Record<string, string>;
      return type.startsWith('model_') ? [`${type.slice('model_'.length)} ${model}`] : [];
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
    sequence = 0;
    const shared = { redisUrl: redis.url, redisPrefix, agentTtlMs: 10_000 };
    [one, two] = (await Promise.all(['one', 'two'].map((replicaId) => startRegistry({ ...shared, replicaId })))) as [
      TestRegistry,
      TestRegistry,
    ];
    await one.register(buildRegistration());
    await eventually(() => expect(two.snapshot().agents.has('alpha')).to.equal(true));
  });
  afterEach(() => Promise.all([one.stop(), two.stop()]));

  it('tells what was loaded and unloaded between two heartbeats, but not what the first finds', async () => {
    await one.heartbeat(heartbeatWith(['tiny']));
    await one.heartbeat(heartbeatWith(['tiny', 'large']));
    await one.heartbeat(heartbeatWith(['tiny', 'large']));
    await one.heartbeat(heartbeatWith(['large', 'other']));
    await one.heartbeat(heartbeatWith([]));
    expect(await told()).to.deep.equal(['loaded large', 'evicted tiny', 'loaded other', 'evicted large', 'evicted other']);
  });

  it('waits until a runner is ready', async () => {
    await one.heartbeat(heartbeatWith([]));
    await one.heartbeat(heartbeatWith([], { runners: [{ model: 'tiny', signature: 'tiny', state: 'loading' }] }));
    expect(await told()).to.deep.equal([]);
    await one.heartbeat(heartbeatWith(['tiny']));
    expect(await told()).to.deep.equal(['loaded tiny']);
  });

  it('tells once, whichever replica receives which heartbeat, twice or late', async () => {
    await one.heartbeat(heartbeatWith([]));
    const bodies = Array.from({ length: 8 }, (_, index) => heartbeatWith(index % 2 === 0 ? ['tiny'] : []));
    for (const body of bodies) await Promise.all([one.heartbeat(body), two.heartbeat(body)]);
    const wanted = bodies.map((_, index) => (index % 2 === 0 ? 'loaded tiny' : 'evicted tiny'));
    expect(await told()).to.deep.equal(wanted);
    const [late, last] = [heartbeatWith([]), heartbeatWith(['tiny'])];
    await one.heartbeat(last);
    await two.heartbeat(late).catch(() => {});
    expect(await told()).to.deep.equal([...wanted, 'loaded tiny']);
  });

  it('begins anew with a newer start', async () => {
    await one.heartbeat(heartbeatWith(['tiny']));
    await one.register(buildRegistration({ incarnation: 2 }));
    await one.heartbeat(heartbeatWith([], { incarnation: 2 }));
    expect(await told()).to.deep.equal([]);
  });

  it('bounds what one heartbeat tells', async () => {
    await one.heartbeat(heartbeatWith([]));
    await one.heartbeat(heartbeatWith(Array.from({ length: 200 }, (_, index) => `made-up-${index}`)));
    expect(await told()).to.have.length(16);
  });

  it('brings them, with agent and model, to the dashboard of every replica', async () => {
    const feeds = [one, two].map((fleet) =>
      createDashboardFeed({ fleet, clock: createManualClock(), replicaId: '', coordinatorVersion: '', redisState: () => 'up' }, () => {}),
    );
    await one.heartbeat(heartbeatWith([]));
    await one.heartbeat(heartbeatWith(['tiny']));
    for (const feed of feeds) {
      const loaded = await eventually(() => feed.snapshot().events.find(({ type }: FleetEvent) => type === 'model_loaded') ?? false);
      expect(loaded).to.include({ agent_id: 'alpha', agent_name: 'alpha-machine', model: 'tiny' });
      feed.close();
    }
  });
});
