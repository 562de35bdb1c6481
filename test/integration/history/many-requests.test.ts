import { type Request, silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, type Redis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { createHistory, type History, type RequestsQuery } from '#coordinator/history/create-history.js';
import { requestToFields } from '#coordinator/history/request-entries.js';
import { aRequest } from '../../support/scripted-fleet.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { ownPrefix } from '../registry/start-registry.js';

const COUNT = 100_000;
const STATUSES = ['completed', 'failed', 'cancelled', 'rejected'] as const;
/** The bar is 200 ms on a quiet machine; a crowded one is given five times that. */
const PAGE_MS = 1000;

describe('createHistory with 100,000 requests', function () {
  this.timeout(120_000);
  let server: TestRedis;
  let redis: Redis;
  let history: History;

  before(async () => {
    server = await startRedis();
    redis = connectRedis({ url: server.url, role: 'test', log: silentLogger });
    await waitUntilReady(redis, 3000);
    const keys = redisKeys(ownPrefix());
    history = createHistory({ redis, keys, clock: systemClock, log: silentLogger });
    for (let start = 0; start < COUNT; start += 2000) {
      const pipeline = redis.pipeline();
      for (let index = start; index < start + 2000; index += 1) pipeline.xadd(keys.requests, '*', ...requestToFields(theRequest(index)));
      await pipeline.exec();
    }
  });
  after(async () => {
    await history.close();
    redis.disconnect();
    await server.close();
  });

  it('answers any filtered page in a bounded time, a search that finds nothing too', async () => {
    const took: number[] = [];
    const queries: RequestsQuery[] = [
      {},
      { status: 'failed' },
      { model: 'model-7', status: 'rejected' },
      { agent: 'agent-3', caller: 'caller-11' },
      { caller: 'nobody' },
      { model: 'absent' },
      { since: new Date(Date.now() - 3_600_000), agent: 'agent-199' },
    ];
    for (const query of queries) {
      let cursor: string | undefined;
      for (let page = 0; page < 15; page += 1) {
        const startedMs = performance.now();
        const found = await history.requests({ ...query, limit: 100, cursor });
        took.push(performance.now() - startedMs);
        cursor = found.cursor;
        if (cursor === undefined) break;
      }
    }
    took.sort((a, b) => a - b);
    const p99 = took[Math.floor(took.length * 0.99)] ?? 0;
    console.log(`      ${took.length} pages of 100,000 requests: p50 ${took[took.length >> 1]?.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    expect(p99).to.be.below(PAGE_MS);
  });

  it('finds, page by page, exactly what matches', async () => {
    const query = { model: 'model-7', status: 'rejected', caller: 'caller-7' } as const;
    const expected = Array.from({ length: COUNT }, (_, index) => theRequest(index))
      .filter(({ model, status, caller }) => model === query.model && status === query.status && caller === query.caller)
      .map(({ id }) => id)
      .reverse();
    const found: string[] = [];
    for await (const { id } of history.allRequests(query)) found.push(id);
    expect(expected).to.have.length.above(50);
    expect(found).to.deep.equal(expected);
  });
});

function theRequest(index: number): Request {
  return aRequest({
    id: `r${index}`,
    status: STATUSES[index % STATUSES.length] ?? 'completed',
    model: `model-${index % 9}`,
    caller: `caller-${index % 50}`,
    agent_id: `id-${index % 200}`,
    agent_name: `agent-${index % 200}`,
    why: 'model loaded, free slot',
    prompt_tokens: 96,
    output_tokens: 210,
    first_byte_ms: 310,
  });
}
