import { AppError, type KeyLimits, silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, type Redis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { createKeyLimits, type LimitKeys } from '#coordinator/admission/limits/key-limits.js';
import type { Permit } from '#coordinator/admission/limits/key-meters.js';
import { toApiKey } from '#coordinator/credentials/api-key.js';
import type { Caller } from '#coordinator/credentials/caller.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';

const REPLICAS = 3;

describe('limits of a key over three replicas', function () {
  this.timeout(60_000);
  let server: TestRedis;
  let redis: Redis;
  let replicas: LimitKeys[];
  let made = 0;

  before(async () => {
    server = await startRedis();
    redis = connectRedis({ url: server.url, role: 'test', log: silentLogger, commandTimeoutMs: 500 });
    await waitUntilReady(redis, 5000);
  });
  after(async () => {
    redis.disconnect();
    await server.close();
  });
  beforeEach(() => {
    replicas = Array.from({ length: REPLICAS }, (_, index) =>
      createKeyLimits({ redis, keys: redisKeys(), replicaId: `r${index}`, clock: systemClock, replicas: () => REPLICAS }),
    );
  });
  afterEach(() => {
    for (const replica of replicas) replica.stop();
  });

  const caller = (limits: KeyLimits): Caller => {
    made += 1;
    const key = toApiKey(`h${made}`, { id: `key-${made}`, name: 'n', scopes: ['infer'], limits, created_at: '', version: 1 });
    return { id: 'n', scopes: key.scopes, key };
  };
  /** Asks each replica in turn; resolves with the permits that were granted and the refusals. */
  const askAll = async (who: Caller, count: number) => {
    const asked = Array.from({ length: count }, (_, index) => replicas[index % REPLICAS]?.admit(who));
    const answers = await Promise.allSettled(asked);
    const permits = answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value ? [answer.value] : []));
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as AppError] : []));
    return { permits, refusals };
  };
  const within5Percent = (value: number, limit: number) => expect(value).to.be.within(limit * 0.95, limit * 1.05);

  it('say nothing to a caller without any', () => {
    expect(replicas[0]?.admit({ id: 'open', scopes: new Set() })).to.equal(undefined);
    expect(replicas[0]?.admit(caller({}))).to.equal(undefined);
  });

  for (const limit of [1, 7, 60, 1000]) {
    it(`let exactly ${limit} requests a minute through, all at once`, async () => {
      const { permits, refusals } = await askAll(caller({ requests_per_minute: limit }), limit * 2 + 10);
      expect(permits).to.have.lengthOf(limit);
      for (const refusal of refusals) {
        expect(refusal).to.be.instanceOf(AppError).with.property('code', 'RATE_LIMIT_EXCEEDED');
        expect(refusal.retryAfterS).to.be.within(1, 60);
      }
    });
  }

  it('let 300 requests a minute through, one after the other on replicas that are not equally busy', async () => {
    const who = caller({ requests_per_minute: 300 });
    let granted = 0;
    for (let count = 0; count < 900; count += 1) {
      const permit = await replicas[count % 7 === 0 ? 0 : count % 3 === 0 ? 1 : 2]?.admit(who)?.catch(() => undefined);
      if (permit) granted += 1;
      permit?.release();
    }
    within5Percent(granted, 300);
  });

  it('charge tokens by count, to within 5 %', async () => {
    const limit = 50_000;
    const who = caller({ tokens_per_minute: limit });
    let charged = 0;
    const ask = async (replica: LimitKeys | undefined) => {
      for (;;) {
        const permit = await replica?.admit(who)?.catch(() => undefined);
        if (!permit) return;
        const tokens = 20 + Math.floor(Math.random() * 160);
        await new Promise((resolve) => setTimeout(resolve, 2));
        permit.charge(tokens);
        charged += tokens;
        permit.release();
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => ask(replicas[index % REPLICAS])));
    within5Percent(charged, limit);
  });

  it('let as many requests be in flight as they say, and others follow', async () => {
    const who = caller({ concurrency: 20 });
    const { permits, refusals } = await askAll(who, 60);
    expect(permits).to.have.lengthOf(20);
    expect(refusals).to.have.lengthOf(40);
    for (const permit of permits.splice(0, 5)) permit.release();
    const more: Permit[] = [];
    await eventually(async () => {
      more.push(...(await askAll(who, 15)).permits);
      return more.length === 5;
    });
    for (const permit of [...permits, ...more]) permit.release();
  });

  it('bound the day as well', async () => {
    const who = caller({ tokens_per_day: 1000 });
    const { permits } = await askAll(who, 1);
    permits[0]?.charge(1000);
    permits[0]?.release();
    await eventually(async () => {
      const { refusals } = await askAll(who, REPLICAS);
      return refusals.length === REPLICAS && (refusals[0]?.retryAfterS ?? 0) > 3600;
    });
  });

  it('hold changed bounds at once', async () => {
    const who = caller({ requests_per_minute: 1 });
    await askAll(who, 3);
    const key = who.key && toApiKey(who.key.hash, { ...who.key.stored, limits: { requests_per_minute: 5 } });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await askAll({ ...who, key }, 12)).permits).to.have.lengthOf(4);
  });

  it('ask Redis a bounded number of times, however many requests there are', async () => {
    const who = caller({ requests_per_minute: 100_000 });
    const before = await commandsServed(redis);
    for (let count = 0; count < 3000; count += 1) (await replicas[count % REPLICAS]?.admit(who))?.release();
    expect((await commandsServed(redis)) - before).to.be.below(60);
  });

  it('are divided among the replicas while Redis is away, and remember it when it is back', async () => {
    const who = caller({ requests_per_minute: 30 });
    await server.kill();
    const { permits } = await askAll(who, 90);
    expect(permits).to.have.lengthOf(30);
    await server.restart();
    await eventually(async () => (await redis.ping()) === 'PONG', { withinMs: 5000 });
    await eventually(
      async () => {
        const claims = Object.values(await redis.hgetall(redisKeys().limit(`key-${made}`, 'requests')));
        return claims.reduce((sum, claim) => sum + Number(claim), 0) === 30;
      },
      { withinMs: 5000 },
    );
    expect((await askAll(who, 9)).permits).to.have.lengthOf(0);
  });
});

async function commandsServed(redis: Redis): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}
