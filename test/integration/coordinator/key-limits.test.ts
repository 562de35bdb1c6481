import type { CreatedKey, KeyUsage } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';
const MODELS = [{ name: 'tiny', kind: 'completion' as const, loadMs: 1, decodeTokensPerS: 2000, outputTokens: 50 }];

describe('limits and usage of API keys, over three replicas', function () {
  this.timeout(90_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      replicas: 3,
      env: {
        COORDINATOR_AUTH: 'on',
        COORDINATOR_ADMIN_KEY: ADMIN_KEY,
        COORDINATOR_JOIN_TOKEN: JOIN_TOKEN,
        COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only',
      },
      agents: [{ name: 'one', ollama: { models: MODELS, numParallel: 16 }, env: { AGENT_JOIN_TOKEN: JOIN_TOKEN, AGENT_SLOTS: '16' } }],
    });
  });
  after(() => fleet.close());

  const ask = (url: string, path: string, key: string, body?: unknown) =>
    fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  let made = 0;
  const create = async (limits: object): Promise<CreatedKey> => {
    made += 1;
    const created = (await (
      await ask(fleet.url, '/api/coordinator/keys', ADMIN_KEY, { name: `key ${made}`, limits })
    ).json()) as CreatedKey;
    await Promise.all(
      fleet.coordinators.map(({ url }) => eventually(async () => (await ask(url, '/api/version', created.key)).ok, { withinMs: 1000 })),
    );
    return created;
  };
  const BODIES = {
    '/api/generate': { model: 'tiny', prompt: 'hi', stream: false, options: { num_predict: 3 } },
    '/v1/chat/completions': { model: 'tiny', messages: [{ role: 'user', content: 'hi' }], max_tokens: 3 },
    '/v1/messages': { model: 'tiny', messages: [{ role: 'user', content: 'hi' }], max_tokens: 3 },
  } as const;
  const flood = (key: string, count: number, path: keyof typeof BODIES = '/api/generate') =>
    Promise.all(Array.from({ length: count }, (_, index) => ask(fleet.coordinators[index % 3]?.url ?? '', path, key, BODIES[path])));

  it('let 40 of 100 requests through where a key has 40 a minute, and refuse the others with 429', async () => {
    const { key } = await create({ requests_per_minute: 40 });
    const answers = await flood(key, 100);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).to.have.lengthOf(40);
    expect(statuses.filter((status) => status === 429)).to.have.lengthOf(60);
  });

  it('refuse in the shape of each API, and say when to try again', async () => {
    const { key } = await create({ requests_per_minute: 1 });
    await flood(key, 1);
    const sentence = /^this API key may use 1 requests per minute; try again in \d+ s$/;
    const bodies = await Promise.all(
      (Object.keys(BODIES) as (keyof typeof BODIES)[]).map(async (path) => {
        const answer = await ask(fleet.url, path, key, BODIES[path]);
        expect(answer.status, path).to.equal(429);
        expect(Number(answer.headers.get('retry-after')), path).to.be.within(1, 60);
        return (await readAsDescribed(answer, `POST ${path}`)) as Record<string, unknown>;
      }),
    );
    expect(bodies[0]?.error).to.match(sentence);
    expect(bodies[1]?.error).to.include({ type: 'rate_limit_error', code: 'rate_limit_exceeded' });
    expect(bodies[2]).to.have.nested.property('error.type', 'rate_limit_error');
  });

  it('bound what is in flight', async () => {
    const { key } = await create({ concurrency: 4 });
    const statuses = (await flood(key, 60)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).to.be.within(4, 59);
    expect(new Set(statuses)).to.deep.equal(new Set([200, 429]));
  });

  it('count what each key used, per model and day; a key sees its own, an administrator all', async () => {
    const [one, other] = [await create({}), await create({})];
    await Promise.all([flood(one.key, 6), flood(other.key, 3)]);
    await ask(fleet.url, '/api/generate', one.key, { model: 'absent', prompt: 'hi' });
    const usageOf = async (key: string, query = '') => {
      const answer = await ask(fleet.url, `/api/coordinator/keys/usage${query}`, key);
      return ((await readAsDescribed(answer, 'GET /api/coordinator/keys/usage')) as { usage: KeyUsage[] }).usage;
    };
    const day = new Date().toISOString().slice(0, 10);
    await eventually(async () => (await usageOf(one.key))[0]?.requests === 6, { withinMs: 5000 });
    const [row, ...more] = await usageOf(one.key);
    expect(more).to.deep.equal([]);
    expect(row).to.include({ key_id: one.id, model: 'tiny:latest', day, requests: 6, failed: 0, output_tokens: 18 });
    expect(row?.prompt_tokens).to.be.greaterThan(0);
    const all = await usageOf(ADMIN_KEY);
    expect(all.filter(({ key_id }) => key_id === other.id).map(({ requests }) => requests)).to.deep.equal([3]);
    expect(await usageOf(ADMIN_KEY, `?key=${other.id}&model=tiny`)).to.have.lengthOf(1);
    expect(await usageOf(ADMIN_KEY, `?key=${other.id}&until=2020-01-01`)).to.deep.equal([]);
    expect((await ask(fleet.url, `/api/coordinator/keys/usage?key=${other.id}`, one.key)).status, 'another one’s').to.equal(404);
  });
});
