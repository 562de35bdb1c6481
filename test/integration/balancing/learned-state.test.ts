import { type Attempt, silentLogger, systemClock, systemRandom } from '@ollama-coordinator/common';
import { connectRedis, type Redis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { AttemptsFollower } from '#coordinator/balancing/learned/follow-attempts.js';
import { createLearnedState, type LearnedState } from '#coordinator/balancing/learned/learned-state.js';
import { createRequestAppender, type RequestAppender } from '#coordinator/history/append-requests.js';
import { anAttempt } from '../../support/an-attempt.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix } from '../registry/start-registry.js';

/** What a replica has of learning: its figures, what writes its attempts, what reads everyone's. */
interface Replica {
  readonly learned: LearnedState;
  readonly redis: Redis;
  attempt(over: Partial<Attempt>): void;
  stop(): Promise<void>;
}

const SUBJECT = { agent: 'desk', model: 'llama3:latest', modelBytes: 4e9, vramBytes: 8e9 };

describe('learned state on a real Redis', function () {
  this.timeout(30_000);
  let server: TestRedis;
  let keys: ReturnType<typeof redisKeys>;
  let running: Replica[] = [];
  let sent = 0;

  before(async () => {
    server = await startRedis();
  });
  after(() => server.close());
  beforeEach(() => {
    keys = redisKeys(ownPrefix());
  });
  afterEach(async () => {
    for (const replica of running) await replica.stop();
    running = [];
  });

  async function startReplica(checkpointMs = 30_000): Promise<Replica> {
    const redis = connectRedis({ url: server.url, role: 'test', log: silentLogger, commandTimeoutMs: 1000 });
    await waitUntilReady(redis, 3000);
    const learned = createLearnedState({ clock: systemClock });
    const shared = { redis, keys, clock: systemClock, log: silentLogger };
    const appender: RequestAppender = createRequestAppender(shared);
    const follower = new AttemptsFollower({ ...shared, redisUrl: server.url, learned, random: systemRandom, checkpointMs });
    await follower.start();
    const replica: Replica = {
      learned,
      redis,
      attempt(over) {
        sent += 1;
        const attempt = anAttempt({ request_id: `r${sent}`, decode_ms: 3000 + 400 * (sent % 7), ...over });
        appender.appendAttempt(attempt);
        learned.attempted(attempt);
      },
      async stop() {
        running = running.filter((other) => other !== replica);
        await appender.close();
        await follower.stop();
        redis.disconnect();
      },
    };
    running.push(replica);
    return replica;
  }

  const figures = ({ learned }: Replica) => ({ saved: learned.save(), decode: learned.speed(SUBJECT)(1).decodeTokensPerS.mean.toFixed(5) });
  const hasFolded = ({ learned }: Replica, count: number) =>
    eventually(() => expect(learned.save().recent.length).to.be.at.least(count), { withinMs: 10_000 });

  it('is the same at two replicas, whoever made the attempts', async () => {
    const [one, two] = [await startReplica(), await startReplica()];
    for (let index = 0; index < 60; index += 1) (index % 3 ? one : two).attempt({ agent_id: index % 2 ? 'desk' : 'lab' });
    await Promise.all([hasFolded(one, 60), hasFolded(two, 60)]);
    expect(figures(one)).to.deep.equal(figures(two));
    expect(one.learned.speed(SUBJECT)(1).decodeTokensPerS.from).to.equal('learned');
  });

  it('is the same after a restart, before and behind the checkpoint', async () => {
    const one = await startReplica();
    for (let index = 0; index < 30; index += 1) one.attempt({});
    await hasFolded(one, 30);
    const before = figures(one);
    await one.stop();
    const again = await startReplica();
    expect(figures(again).saved.cells).to.deep.equal(before.saved.cells);
    const other = await startReplica();
    for (let index = 0; index < 30; index += 1) again.attempt({});
    await Promise.all([hasFolded(again, 60), hasFolded(other, 60)]);
    expect(figures(again)).to.deep.equal(figures(other));
  });

  it('folds what the stream holds where there is no checkpoint', async () => {
    const one = await startReplica();
    for (let index = 0; index < 30; index += 1) one.attempt({});
    await hasFolded(one, 30);
    const before = figures(one).saved.cells;
    await one.stop();
    const { redis } = await startReplica();
    for (const key of await redis.keys(`${keys.learned(0).slice(0, -1)}*`)) await redis.del(key);
    await Promise.all(running.map((replica) => replica.stop()));
    const fresh = await startReplica();
    await hasFolded(fresh, 30);
    expect(figures(fresh).saved.cells).to.deep.equal(before);
  });

  it('goes on after FLUSHALL, learns anew, and agrees again', async () => {
    const [one, two] = [await startReplica(100), await startReplica(100)];
    for (let index = 0; index < 30; index += 1) one.attempt({});
    await Promise.all([hasFolded(one, 30), hasFolded(two, 30)]);
    await one.redis.flushall();
    expect(one.learned.speed(SUBJECT)(1).decodeTokensPerS.from).to.equal('learned');
    for (let index = 0; index < 20; index += 1) two.attempt({ agent_id: 'lab', decode_ms: 1000 });
    const lab = { ...SUBJECT, agent: 'lab' };
    await eventually(() => expect(one.learned.speed(lab)(1).decodeTokensPerS.mean).to.be.closeTo(200, 5), { withinMs: 10_000 });
    await eventually(() => expect(figures(one)).to.deep.equal(figures(two)), { withinMs: 10_000 });
  });

  it('goes on while Redis is away, and tells the others when it is back', async () => {
    const [one, two] = [await startReplica(100), await startReplica(100)];
    one.attempt({});
    await Promise.all([hasFolded(one, 1), hasFolded(two, 1)]);
    await server.kill();
    for (let index = 0; index < 30; index += 1) one.attempt({ agent_id: 'lab', decode_ms: 1000 });
    const lab = { ...SUBJECT, agent: 'lab' };
    await eventually(() => expect(one.learned.speed(lab)(1).decodeTokensPerS.mean).to.be.closeTo(200, 5));
    await server.restart();
    await Promise.all([hasFolded(one, 31), hasFolded(two, 31)]);
    await eventually(() => expect(figures(one)).to.deep.equal(figures(two)), { withinMs: 10_000 });
  });

  it('takes nothing from an entry or a checkpoint that is broken', async () => {
    const one = await startReplica();
    await one.redis.xadd(keys.requests, '*', 'attempt', '1', 'id', 'x', 'data', '{broken');
    await one.redis.xadd(keys.requests, '*', 'attempt', '1', 'id', 'y', 'data', '{"agent_id":7}');
    one.attempt({});
    await hasFolded(one, 3);
    await one.stop();
    const { redis } = await startReplica();
    const [key = ''] = await redis.keys(`${keys.learned(0).slice(0, -1)}*`);
    await redis.hset(key, 'lineage', 'another', 'state', '{"version":1}');
    const after = await startReplica();
    after.attempt({});
    await eventually(() => expect(after.learned.speed(SUBJECT)(1).decodeTokensPerS.from).to.equal('learned'));
  });
});
