import { expect } from 'chai';
import { ADMIN_KEY, type AttackedFleet, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

describeAttack('options', 'what a key may ask of a machine', (seen) => {
  let fleet: AttackedFleet;
  let key: string;
  let narrowed: string;

  before(async () => {
    fleet = await startAttackedFleet({
      models: ['tiny', 'secret'],
      env: {
        COORDINATOR_MAX_NUM_PREDICT: '100',
        COORDINATOR_MAX_NUM_CTX: '8192',
        COORDINATOR_MAX_KEEP_ALIVE_S: '600',
        COORDINATOR_REGISTRIES: 'registry.ollama.ai',
      },
    });
    ({ key } = await fleet.createKey({ scopes: ['infer'] }));
    narrowed = (await fleet.createKey({ scopes: ['infer'], models: ['tiny'] })).key;
  });
  after(() => fleet.close());

  const ollama = () => fleet.agents[0]?.ollama;
  const lastBody = () => ollama()?.requests.findLast(({ method }) => method === 'POST')?.body as Record<string, unknown>;
  const ask = async (path: string, body: object | string, bearer = key) => {
    const answer = await fleet.ask('POST', path, bearer, body);
    await answer.text();
    return answer;
  };
  const base = { model: 'tiny', prompt: 'x', stream: false };

  for (const [name, body, wanted] of [
    ['num_ctx 10 M', { ...base, options: { num_ctx: 10_000_000, num_predict: 5 } }, { options: { num_ctx: 8192, num_predict: 5 } }],
    ['num_predict -1', { ...base, options: { num_predict: -1 } }, { options: { num_predict: 100 } }],
    ['num_predict -2', { ...base, options: { num_predict: -2 } }, { options: { num_predict: 100 } }],
    ['no num_predict', base, { options: { num_predict: 100 } }],
    ['keep_alive -1', { ...base, keep_alive: -1, options: { num_predict: 5 } }, { keep_alive: 600 }],
    ['keep_alive "-1m"', { ...base, keep_alive: '-1m', options: { num_predict: 5 } }, { keep_alive: 600 }],
    ['keep_alive "240h30m"', { ...base, keep_alive: '240h30m', options: { num_predict: 5 } }, { keep_alive: 600 }],
    ['keep_alive "5m"', { ...base, keep_alive: '5m', options: { num_predict: 5 } }, { keep_alive: '5m' }],
  ] as const) {
    it(name, async () => {
      const answer = await ask('/api/generate', body);
      expect(answer.status).to.equal(200);
      expect(lastBody()).to.deep.include(wanted);
      if (JSON.stringify(wanted).includes('5m')) return;
      expect(answer.headers.get('x-coordinator-why')).to.contain('lowered to');
      seen('lowered');
    });
  }

  it('max_tokens of the compatible APIs', async () => {
    const messages = [{ role: 'user', content: 'x' }];
    for (const [path, field] of [
      ['/v1/chat/completions', 'max_tokens'],
      ['/v1/chat/completions', 'max_completion_tokens'],
      ['/v1/messages', 'max_tokens'],
    ] as const) {
      expect((await ask(path, { model: 'tiny', messages, [field]: 1_000_000 })).status).to.equal(200);
      expect(lastBody()[field]).to.equal(100);
      seen('lowered');
    }
  });

  it('an operator’s own is left as it is', async () => {
    expect((await ask('/api/generate', { ...base, keep_alive: -1, options: { num_predict: 101 } }, ADMIN_KEY)).status).to.equal(200);
    expect(lastBody()).to.deep.include({ keep_alive: -1, options: { num_predict: 101 } });
  });

  it('fields that Go reads and JavaScript does not', async () => {
    for (const body of [
      '{"model":"tiny","Model":"secret","prompt":"x"}',
      '{"model":"tiny","MODEL":"secret","prompt":"x"}',
      '{"model":"tiny","prompt":"x","Options":{"num_ctx":10000000}}',
      '{"model":"tiny","prompt":"x","option\u017f":{"num_ctx":10000000}}',
      '{"model":"tiny","prompt":"x","\u212aeep_alive":-1}',
      '{"model":"tiny","prompt":"x","Keep_Alive":-1}',
      '{"model":"tiny","prompt":"x","options":{"num_ctx":10000000},"options":{}}',
      '{"model":"tiny","prompt":"x","options":{"num_ctx":10000000},"opt\\u0069ons":{}}',
    ]) {
      expect((await ask('/api/generate', body, narrowed)).status, body).to.equal(400);
      seen(400);
    }
    expect((await ask('/api/generate', '{"model":"tiny","model":"secret","prompt":"x"}', narrowed)).status).to.equal(403);
    seen(403);
  });

  it('a registry that is not on the list, or not encrypted', async () => {
    const operator = (await fleet.createKey({ scopes: ['operate'] })).key;
    for (const [path, body] of [
      ['/api/pull', { model: 'evil.example/x/tiny' }],
      ['/api/pull', { model: 'http://registry.ollama.ai/library/tiny' }],
      ['/api/pull', { model: 'tiny', insecure: true }],
      ['/api/push', { model: '127.0.0.1:6379/x/tiny', insecure: true }],
      ['/api/create', { model: 'mine', from: 'evil.example/x/tiny' }],
      ['/api/coordinator/jobs', { kind: 'pull', model: 'evil.example/x/tiny' }],
    ] as const) {
      expect((await ask(path, body, operator)).status, `${path} ${JSON.stringify(body)}`).to.equal(403);
      seen(403);
    }
    expect((await ask('/api/pull', { model: 'evil.example/x/tiny' }, ADMIN_KEY)).status, 'the list is for administrators too').to.equal(
      403,
    );
  });

  it('one key flooding: it gets 429 and Retry-After, others their share', async () => {
    const flooding = (await fleet.createKey({ scopes: ['infer'], limits: { concurrency: 2, requests_per_minute: 50 } })).key;
    const body = { ...base, options: { num_predict: 5 } };
    const flood = Array.from({ length: 300 }, () => fleet.ask('POST', '/api/generate', flooding, body));
    const others = await Promise.all(Array.from({ length: 10 }, () => ask('/api/generate', body)));
    expect(others.every(({ status }) => status === 200)).to.equal(true);
    const answers = await Promise.all(flood);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).to.be.at.least(250);
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).to.equal(true);
    await Promise.all(answers.map((answer) => answer.text()));
    seen('429 with Retry-After', refused.length);
    seen('others served', others.length);
  });
});
