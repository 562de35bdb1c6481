import { type Request, silentLogger, systemClock, type Trend } from '@ollama-coordinator/common';
import { type Redis, redisKeys } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { createHistory, type History } from '#coordinator/history/create-history.js';
import { requestToFields } from '#coordinator/history/request-entries.js';
import { rollUp } from '#coordinator/history/rollups/roll-up.js';
import { startRollups } from '#coordinator/history/rollups/start-rollups.js';
import { eventually } from '../../support/eventually.js';
import { aRequest } from '../../support/scripted-fleet.js';
import { type ConnectedRedis, startConnectedRedis } from '../../support/start-connected-redis.js';
import { ownPrefix } from '../registry/start-registry.js';

const HOUR_MS = 3_600_000;
const FIRST_MS = Date.UTC(2026, 2, 1, 22);
const STATUSES = ['completed', 'failed', 'cancelled', 'rejected'] as const;

describe('rollUp', () => {
  let server: ConnectedRedis;
  let redis: Redis;
  let history: History;
  let keys: ReturnType<typeof redisKeys>;

  before(async () => {
    server = await startConnectedRedis();
    redis = server.redis;
  });
  after(() => server.close());
  beforeEach(() => {
    keys = redisKeys(ownPrefix());
    history = createHistory({ redis, keys, clock: systemClock, log: silentLogger });
  });
  afterEach(() => history.close());

  const run = () => rollUp({ redis, keys, log: silentLogger });
  const write = async (requests: readonly Request[]) => {
    const pipeline = redis.pipeline();
    for (const request of requests) pipeline.xadd(keys.requests, '*', ...requestToFields(request));
    await pipeline.exec();
  };
  const trends = (query: Partial<Parameters<History['trends']>[0]> = {}) =>
    history.trends({ by: 'hour', since: new Date(FIRST_MS), until: new Date(FIRST_MS + 5 * HOUR_MS), ...query });

  it('equals the raw records, for the fleet, an agent and a model, by hour and by day', async () => {
    const requests = Array.from({ length: 3000 }, (_, index) => theRequest(index));
    await write(requests.slice(0, 1700));
    await run();
    await write(requests.slice(1700));
    await run();
    const isOf = (agent: string) => (request: Request) => request.agent_id === agent;
    expect(counts(await trends())).to.deep.equal(countsOf(requests, HOUR_MS));
    expect(counts(await trends({ agentId: 'a3' }))).to.deep.equal(countsOf(requests.filter(isOf('a3')), HOUR_MS));
    const ofModel = requests.filter(({ model, agent_id }) => model === 'm1' && agent_id !== undefined);
    expect(counts(await trends({ model: 'm1' }))).to.deep.equal(countsOf(ofModel, HOUR_MS));
    const days = await trends({ by: 'day' });
    expect(days.map(({ at }) => at)).to.deep.equal(['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z']);
    expect(counts(days)).to.deep.equal(countsOf(requests, 24 * HOUR_MS));
  });

  it('tells how long the first byte took, to a tenth, and how fast tokens came', async () => {
    await write(Array.from({ length: 100 }, (_, index) => aRequest({ ...inFirstHour(`r${index}`), first_byte_ms: 10 * (index + 1) })));
    await write([aRequest({ ...inFirstHour('fast'), output_tokens: 300, decode_ms: 2000 })]);
    await run();
    const [hour] = await trends();
    expect(hour?.first_byte_p50_ms).to.be.within(500, 550);
    expect(hour?.first_byte_p99_ms).to.be.within(990, 1090);
    expect(hour?.tokens_per_s).to.equal(150);
  });

  it('counts once what was written twice, what two replicas roll up at once, and what is rolled up again', async () => {
    await write([theRequest(1), theRequest(2), theRequest(1)]);
    await Promise.all([run(), run(), run()]);
    await write([theRequest(2), theRequest(3)]);
    await run();
    expect((await run()).added).to.equal(0);
    expect((await trends()).reduce((sum, { requests }) => sum + requests, 0)).to.equal(3);
  });

  it('counts the minutes in which agents were online, when they are over', async () => {
    const [seconds] = await redis.time();
    const minute = Math.floor(Number(seconds) / 60) * 60_000;
    await redis.sadd(keys.agents, 'a1', 'a2');
    for (const ago of [4, 3, 0]) await redis.xadd(keys.healthHistory('a1'), `${minute - ago * 60_000}-1`, 'in_flight', '0');
    await redis.xadd(keys.healthHistory('a2'), `${minute - 4 * 60_000}-1`, 'in_flight', '0');
    await run();
    await run();
    const range = { since: new Date(minute - 24 * HOUR_MS), until: new Date(minute) };
    const minutes = async (agentId?: string) =>
      (await trends({ ...range, agentId })).reduce((sum, { online_minutes }) => sum + online_minutes, 0);
    expect([await minutes('a1'), await minutes('a2'), await minutes()]).to.deep.equal([2, 1, 3]);
  });

  it('refuses a range of too many periods', async () => {
    const failure = await trends({ since: new Date(0) }).catch((error: unknown) => error);
    expect(String(failure)).to.match(/at most 744/);
  });

  it('is done by BullMQ, at one of the replicas at a time', async () => {
    await write([theRequest(1), theRequest(2)]);
    const deps = { redisUrl: server.url, redis, keys, everyMs: 200, clock: systemClock, log: silentLogger };
    const replicas = ['one', 'two'].map((replicaId) => startRollups({ ...deps, replicaId }));
    try {
      await eventually(async () => (await trends()).some(({ requests }) => requests > 0), { withinMs: 8000 });
      await write([theRequest(3)]);
      await eventually(async () => (await trends()).reduce((sum, { requests }) => sum + requests, 0) === 3, { withinMs: 8000 });
    } finally {
      await Promise.all(replicas.map((replica) => replica.stop()));
    }
  });
});

function inFirstHour(id: string) {
  return { id, received_at: new Date(FIRST_MS).toISOString(), agent_id: 'a1' };
}

function theRequest(index: number): Request {
  const status = STATUSES[index % 4] ?? 'completed';
  return aRequest({
    id: `r${index}`,
    received_at: new Date(FIRST_MS + (index % 300) * 60_000).toISOString(),
    status,
    model: `m${index % 3}`,
    ...(status === 'rejected' ? {} : { agent_id: `a${index % 7}`, load_ms: index % 11 === 0 ? 900 : 3 }),
    prompt_tokens: index % 50,
    output_tokens: index % 13,
  });
}

const COUNTED = ['requests', ...STATUSES, 'prompt_tokens', 'output_tokens', 'loads'] as const;

function counts(trends: readonly Trend[]): Record<string, number[]> {
  const entries = trends.filter(({ requests }) => requests > 0).map((trend) => [trend.at, COUNTED.map((name) => trend[name])]);
  return Object.fromEntries(entries);
}

/** The same, counted from the records one by one. */
function countsOf(requests: readonly Request[], periodMs: number): Record<string, number[]> {
  const sums: Record<string, number[]> = {};
  for (const { received_at, status, prompt_tokens = 0, output_tokens = 0, load_ms = 0 } of requests) {
    const at = new Date(Math.floor(Date.parse(received_at) / periodMs) * periodMs).toISOString();
    const one = [1, ...STATUSES.map((name) => Number(name === status)), prompt_tokens, output_tokens, Number(load_ms > 100)];
    sums[at] = one.map((value, index) => value + (sums[at]?.[index] ?? 0));
  }
  return sums;
}
