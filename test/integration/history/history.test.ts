import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, type Redis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { createHistory, type History } from '#coordinator/history/create-history.js';
import { eventually } from '../../support/eventually.js';
import { aRequest } from '../../support/scripted-fleet.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix } from '../registry/start-registry.js';

describe('createHistory', () => {
  let server: TestRedis;
  let redis: Redis;
  let history: History;
  let keys: ReturnType<typeof redisKeys>;

  before(async () => {
    server = await startRedis();
  });
  after(() => server.close());
  beforeEach(async () => {
    keys = redisKeys(ownPrefix());
    redis = connectRedis({ url: server.url, role: 'test', log: silentLogger, commandTimeoutMs: 1000 });
    await waitUntilReady(redis, 3000);
    history = createHistory({ redis, keys, clock: systemClock, log: silentLogger });
  });
  afterEach(async () => {
    await history.close();
    redis.disconnect();
  });

  const idsOf = async (query: Parameters<History['requests']>[0]) => (await history.requests(query)).requests.map(({ id }) => id);

  it('keeps requests and returns the newest first, page by page', async () => {
    for (let index = 1; index <= 7; index += 1) history.append(aRequest({ id: `r${index}` }));
    await eventually(async () => expect(await idsOf({ limit: 10 })).to.have.length(7));
    const first = await history.requests({ limit: 3 });
    const second = await history.requests({ limit: 3, cursor: first.cursor });
    const third = await history.requests({ limit: 3, cursor: second.cursor });
    expect([first, second, third].map(({ requests }) => requests.map(({ id }) => id))).to.deep.equal([
      ['r7', 'r6', 'r5'],
      ['r4', 'r3', 'r2'],
      ['r1'],
    ]);
    expect(third.cursor).to.equal(undefined);
  });

  const searches: { query: Parameters<History['requests']>[0]; finds: string[] }[] = [
    { query: { model: 'llama3' }, finds: ['b', 'a'] },
    { query: { status: 'failed' }, finds: ['c', 'b'] },
    { query: { agent: 'agent-2' }, finds: ['c'] },
    { query: { agent: 'Studio' }, finds: ['b', 'a'] },
    { query: { agent: 'Studio', status: 'failed' }, finds: ['b'] },
    { query: { until: new Date(1000) }, finds: [] },
    { query: { since: new Date(1000) }, finds: ['c', 'b', 'a'] },
  ];
  for (const { query, finds } of searches) {
    it(`finds by ${JSON.stringify(query)}`, async () => {
      history.append(aRequest({ id: 'a', model: 'llama3:latest', agent_id: 'agent-1', agent_name: 'Studio' }));
      history.append(aRequest({ id: 'b', model: 'llama3', agent_id: 'agent-1', agent_name: 'Studio', status: 'failed' }));
      history.append(aRequest({ id: 'c', model: 'qwen3', agent_id: 'agent-2', status: 'failed' }));
      await eventually(async () => expect(await idsOf({})).to.have.length(3));
      expect(await idsOf(query)).to.deep.equal(finds);
    });
  }

  it('returns health samples oldest first, the newest page first (T043)', async () => {
    for (let minute = 1; minute <= 5; minute += 1) {
      await redis.xadd(keys.healthHistory('a'), `${minute * 60_000}-1`, 'cpu', '0.5', 'in_flight', String(minute));
    }
    const inFlight = async (query: Parameters<History['healthSamples']>[1]) => {
      const { samples, cursor } = await history.healthSamples('a', query);
      return { minutes: samples.map(({ in_flight }) => in_flight), cursor };
    };
    expect((await inFlight({})).minutes).to.deep.equal([1, 2, 3, 4, 5]);
    const first = await inFlight({ limit: 2 });
    expect(first.minutes).to.deep.equal([4, 5]);
    const second = await inFlight({ limit: 2, cursor: first.cursor });
    expect(second.minutes).to.deep.equal([2, 3]);
    expect((await inFlight({ limit: 2, cursor: second.cursor })).minutes).to.deep.equal([1]);
    expect((await inFlight({ since: new Date(120_000), until: new Date(240_001) })).minutes).to.deep.equal([2, 3, 4]);
  });

  it('passes over entries that are not readable, and counts them', async () => {
    await redis.xadd(keys.requests, '*', 'data', '{broken');
    await redis.xadd(keys.requests, '*', 'data', '{"id":5}');
    await redis.xadd(keys.requests, '*', 'other', 'thing');
    history.append(aRequest({ id: 'good' }));
    await eventually(async () => expect(await idsOf({})).to.deep.equal(['good']));
    expect(history.unreadable()).to.be.at.least(3);
  });

  it('shows a record once that was written twice', async () => {
    history.append(aRequest({ id: 'twice' }));
    history.append(aRequest({ id: 'twice' }));
    await eventually(async () => expect(await redis.xlen(keys.requests)).to.equal(2));
    expect(await idsOf({})).to.deep.equal(['twice']);
  });

  it('looks at a bounded part for a rare search, and goes on with its cursor', async () => {
    const pipeline = redis.pipeline();
    pipeline.xadd(keys.requests, '*', 'status', 'failed', 'data', JSON.stringify(aRequest({ id: 'rare', status: 'failed' })));
    for (let index = 0; index < 6000; index += 1) pipeline.xadd(keys.requests, '*', 'status', 'completed', 'data', '{}');
    await pipeline.exec();
    const first = await history.requests({ status: 'failed' });
    expect(first.requests).to.deep.equal([]);
    // How much one part is depends on how fast the machine reads.
    let found = first;
    for (let part = 1; found.requests.length === 0 && found.cursor !== undefined && part < 20; part += 1)
      found = await history.requests({ status: 'failed', cursor: found.cursor });
    expect(found.requests.map(({ id }) => id)).to.deep.equal(['rare']);
  });

  it('refuses a cursor that is none', async () => {
    const failure = await history.requests({ cursor: '- + COUNT' }).catch((error) => error);
    expect(failure.code).to.equal('BAD_REQUEST');
  });

  it('reads health samples oldest first', async () => {
    await redis.xadd(keys.healthHistory('alpha'), '60000-1', 'cpu', '0.250', 'in_flight', '2');
    await redis.xadd(keys.healthHistory('alpha'), '120000-1', 'cpu', '0.500', 'gpu', '1.000', 'in_flight', '0');
    expect(await history.healthSamples('alpha', {})).to.deep.equal({
      samples: [
        { at: '1970-01-01T00:01:00.000Z', cpu: 0.25, in_flight: 2 },
        { at: '1970-01-01T00:02:00.000Z', cpu: 0.5, gpu: 1, in_flight: 0 },
      ],
    });
    const { samples } = await history.healthSamples('alpha', { since: new Date(90_000) });
    expect(samples).to.have.length(1);
  });

  it('keeps what could not be written while Redis is away, says so when asked to read, and writes it on its return', async () => {
    await server.kill();
    try {
      history.append(aRequest({ id: 'meanwhile' }));
      const failure = await history.requests({}).catch((error) => error);
      expect(failure.code).to.equal('HISTORY_UNAVAILABLE');
    } finally {
      await server.restart();
    }
    await eventually(async () => expect(await idsOf({})).to.deep.equal(['meanwhile']));
    expect(history.dropped()).to.equal(0);
  });
});
