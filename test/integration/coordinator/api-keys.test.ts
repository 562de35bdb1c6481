import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CreatedKey, KeyInfo } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';
const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const MODELS = ['tiny', 'other'].map((name) => ({ name, kind: 'completion' as const }));

describe('API keys', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_AUTH: 'on', COORDINATOR_ADMIN_KEY: ADMIN_KEY, COORDINATOR_JOIN_TOKEN: JOIN_TOKEN },
      agents: ['one', 'two'].map((name) => ({
        name,
        ollama: { models: MODELS },
        env: { AGENT_JOIN_TOKEN: JOIN_TOKEN, AGENT_LABELS: `room=${name}` },
      })),
    });
  });
  after(() => fleet.close());

  const ask = (method: string, path: string, key: string, body?: unknown) =>
    fetch(fleet.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  let made = 0;
  const create = async (fields: object): Promise<CreatedKey> => {
    made += 1;
    const answer = await ask('POST', '/api/coordinator/keys', ADMIN_KEY, { name: `key ${made}`, ...fields });
    expect(answer.status).to.equal(201);
    return (await readAsDescribed(answer, 'POST /api/coordinator/keys')) as CreatedKey;
  };
  const generate = (key: string, model = 'tiny', headers: Record<string, string> = {}) =>
    fleet.post(
      '/api/generate',
      { model, prompt: 'hi', stream: false, options: { num_predict: 2 } },
      { authorization: `Bearer ${key}`, ...headers },
    );

  it('are made, listed, changed and revoked', async () => {
    const { key, id, name } = await create({ scopes: ['infer', 'read'], limits: { concurrency: 2 } });
    const listed = (await readAsDescribed(await ask('GET', '/api/coordinator/keys', ADMIN_KEY), 'GET /api/coordinator/keys')) as {
      keys: KeyInfo[];
    };
    expect(listed.keys.find((entry) => entry.id === id)).to.deep.include({ name, scopes: ['infer', 'read'], limits: { concurrency: 2 } });
    expect(JSON.stringify(listed)).not.to.include(key);
    expect((await generate(key)).status).to.equal(200);
    const changed = await ask('PATCH', `/api/coordinator/keys/${id}`, ADMIN_KEY, { scopes: ['read'] });
    expect(await readAsDescribed(changed, 'PATCH /api/coordinator/keys/{id}')).to.deep.include({ id, scopes: ['read'] });
    expect((await generate(key)).status).to.equal(403);
    expect((await ask('DELETE', `/api/coordinator/keys/${id}`, ADMIN_KEY)).status).to.equal(204);
    const refused = await generate(key);
    expect([refused.status, ((await refused.json()) as { error: string }).error]).to.deep.equal([
      401,
      'this API key was revoked; ask for another one',
    ]);
    expect((await ask('DELETE', `/api/coordinator/keys/${id}`, ADMIN_KEY)).status).to.equal(404);
  });

  it('answer 400 to what makes no sense', async () => {
    for (const body of [
      {},
      { name: '' },
      { name: 'x', scopes: [] },
      { name: 'x', scopes: ['root'] },
      { name: 'x', limits: { rpm: 1 } },
      { name: 'x', hash: 'y' },
    ])
      expect((await ask('POST', '/api/coordinator/keys', ADMIN_KEY, body)).status, JSON.stringify(body)).to.equal(400);
  });

  it('are for administrators only', async () => {
    const { key } = await create({ scopes: ['infer', 'read', 'operate'] });
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['PATCH', '/x'],
      ['DELETE', '/x'],
    ] as const)
      expect((await ask(method, `/api/coordinator/keys${path}`, key, method === 'GET' ? undefined : {})).status, method).to.equal(403);
  });

  it('end at their time', async () => {
    const past = { name: 'past', expires_at: '2020-01-01T00:00:00Z' };
    expect((await ask('POST', '/api/coordinator/keys', ADMIN_KEY, past)).status).to.equal(400);
    const { key, id } = await create({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await generate(key)).status).to.equal(200);
    await ask('PATCH', `/api/coordinator/keys/${id}`, ADMIN_KEY, { expires_at: new Date().toISOString() });
    const refused = await generate(key);
    expect(await refused.json()).to.deep.equal({ error: 'this API key has expired; ask for another one' });
  });

  it('reach only their models, in requests and in lists, whether the others exist or not', async () => {
    const { key } = await create({ scopes: ['infer', 'read'], models: ['ti*'] });
    expect((await generate(key)).status).to.equal(200);
    expect((await generate(ADMIN_KEY, 'other')).status).to.equal(200);
    for (const model of ['other', 'absent']) expect((await generate(key, model)).status, model).to.equal(403);
    const names = async (path: string) => JSON.stringify(await (await ask('GET', path, key)).json());
    for (const path of ['/api/tags', '/api/ps', '/v1/models', '/api/agents', '/api/coordinator/requests'])
      expect(await names(path), path)
        .to.include('tiny')
        .and.not.to.include('other');
    for (const path of ['/metrics', '/api/coordinator/stats', '/api/coordinator/queue', '/api/coordinator/events'])
      expect((await ask('GET', path, key)).status, path).to.equal(403);
  });

  it('reach only their agents, in requests and in lists', async () => {
    const { key } = await create({ scopes: ['infer', 'read', 'operate'], agents: ['room=two'] });
    const served = await Promise.all(Array.from({ length: 6 }, () => generate(key)));
    expect([...new Set(served.map(({ headers }) => headers.get('x-coordinator-agent')))]).to.deep.equal(['two']);
    expect((await generate(key, 'tiny', { 'x-coordinator-pin': 'one' })).status).to.equal(503);
    const agents = (await (await ask('GET', '/api/agents', key)).json()) as { name: string }[];
    expect(agents.map(({ name }) => name)).to.deep.equal(['two']);
    for (const [method, path] of [
      ['GET', '/api/agents/one'],
      ['DELETE', '/api/agents/one'],
      ['POST', '/api/agents/one/drain'],
      ['GET', '/api/agents/one/health'],
    ] as const)
      expect((await ask(method, path, key)).status, `${method} ${path}`).to.equal(404);
    const { requests } = (await (await ask('GET', '/api/coordinator/requests', key)).json()) as { requests: { agent_name: string }[] };
    expect(requests.map(({ agent_name }) => agent_name)).not.to.include('one');
  });

  it('are managed on the command line, where a key in clear stands alone on standard output', async () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [COORDINATOR, 'keys', ...args, '--url', fleet.url, '--key', ADMIN_KEY], { encoding: 'utf8' });
    const created = run(
      'create',
      '--name',
      'cli',
      '--scopes',
      'infer',
      '--models',
      'tiny',
      '--expires',
      '30d',
      '--requests-per-minute',
      '5',
    );
    expect(created.stdout).to.match(/^oc_[A-Za-z0-9_-]{32}\n$/);
    expect((await generate(created.stdout.trim())).status).to.equal(200);
    expect(run('list').stdout).to.match(/^key-\w{10} +cli +infer +tiny +\* +5 requests\/min +20\d\d-/m);
    expect(run('usage', 'cli').stdout).to.match(/^20\d\d-\d\d-\d\d +cli +tiny:latest +1 +0 +\d+ +2$/m);
    expect(run('revoke', 'cli')).to.include({ status: 0 });
    expect((await generate(created.stdout.trim())).status).to.equal(401);
    expect(run('create', '--name', 'x', '--expires', 'soon').stderr).to.include('--expires must be a time like 30d');
    expect(run('list').stdout).not.to.match(/^key-\w{10} +cli /m);
  });
});
