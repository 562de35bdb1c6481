import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RequestBodies, silentLogger } from '@ollama-coordinator/common';
import { connectRedis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;
const ADMIN = 'an-admin-key-for-this-test';
const MODULE = `export const redact = (text, { caller, part }) => text.replaceAll('Zanzibar', part + ' of ' + caller);`;

describe('bodies of requests', function () {
  this.timeout(60_000);
  let folder: string;
  let fleet: Fleet;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-bodies-'));
    await writeFile(join(folder, 'redactor.mjs'), MODULE);
    await writeFile(join(folder, 'coordinator.toml'), `history_redact = ['[\\w.]+@[\\w.]+']\n`);
    fleet = await startFleet({
      env: {
        COORDINATOR_AUTH: 'on',
        COORDINATOR_ADMIN_KEY: ADMIN,
        COORDINATOR_JOIN_TOKEN: 'a-join-token',
        COORDINATOR_CONFIG: join(folder, 'coordinator.toml'),
        COORDINATOR_HISTORY_BODIES: 'on',
        COORDINATOR_HISTORY_BODY_BYTES: '256',
        COORDINATOR_HISTORY_BODIES_BYTES: '65536',
        COORDINATOR_HISTORY_REDACTOR: join(folder, 'redactor.mjs'),
      },
      agents: [{ name: 'one', ollama: OLLAMA, env: { AGENT_JOIN_TOKEN: 'a-join-token' } }],
    });
  });
  after(async () => {
    await fleet.close();
    await rm(folder, { recursive: true, force: true });
  });

  const asAdmin = { authorization: `Bearer ${ADMIN}` };
  const get = (path: string, key = ADMIN) => fetch(fleet.url + path, { headers: { authorization: `Bearer ${key}` } });
  const ask = async (body: object) => {
    const answer = await fleet.post('/api/chat', { model: 'tiny', ...body }, asAdmin);
    return { text: await answer.text(), id: answer.headers.get('x-coordinator-request-id') ?? '' };
  };
  const bodiesOf = (id: string) =>
    eventually(async () => {
      const answer = await get(`/api/coordinator/requests/${id}/bodies`);
      expect(answer.status).to.equal(200);
      return (await readAsDescribed(answer, 'GET /api/coordinator/requests/{id}/bodies')) as RequestBodies;
    });

  it('are kept redacted and cut, of a stream its text', async () => {
    const content = `write to me@home.example in Zanzibar${' and'.repeat(200)}`;
    const { id, text } = await ask({ messages: [{ role: 'user', content }], options: { num_predict: 5 } });
    const kept = await bodiesOf(id);
    expect(kept.request.text)
      .to.match(/write to \[redacted\] in request of /)
      .and.not.include('home.example');
    expect(kept.request).to.include({ truncated: true });
    expect(kept.request.text).to.have.lengthOf(256);
    const said = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).message.content as string]));
    expect(kept.answer).to.deep.equal({ text: said.join(''), bytes: Buffer.byteLength(text), truncated: false });
    expect(kept.redactions).to.equal(2);
  });

  it('are kept of an answer in one piece, and of an error', async () => {
    const whole = await ask({ messages: [{ role: 'user', content: 'hi' }], stream: false, options: { num_predict: 2 } });
    expect((await bodiesOf(whole.id)).answer.text).to.include('"role":"assistant"');
    const unknown = await ask({ model: 'nobody-has-it', messages: [] });
    expect((await bodiesOf(unknown.id)).answer.text).to.match(/^\{"error":".*not found/);
  });

  it('are for administrators only, and whoever reads them is put on record', async () => {
    const { id } = await ask({ messages: [{ role: 'user', content: 'hi' }], options: { num_predict: 1 } });
    await bodiesOf(id);
    const made = await fleet.post('/api/coordinator/keys', { name: 'viewer', scopes: ['read', 'operate', 'infer'] }, asAdmin);
    const { key } = (await made.json()) as { key: string };
    expect((await get(`/api/coordinator/requests/${id}/bodies`, key)).status).to.equal(403);
    await eventually(async () => {
      const { entries } = (await (await get('/api/coordinator/audit')).json()) as { entries: { action: string; target?: string }[] };
      expect(entries.some(({ action, target }) => action === 'requestBodies' && target === id)).to.equal(true);
    });
    const unknown = await get('/api/coordinator/requests/nobody-1/bodies');
    expect(unknown.status).to.equal(404);
    expect(((await unknown.json()) as { error: string }).error).to.match(/no bodies of the request "nobody-1" are kept/);
    // The field that counts the bytes is no request.
    expect((await get('/api/coordinator/requests/%20/bodies')).status).to.equal(404);
  });

  it('take no more of Redis than they may: the oldest go', async () => {
    const { id: oldest } = await ask({ messages: [{ role: 'user', content: 'the oldest' }], options: { num_predict: 1 } });
    await bodiesOf(oldest);
    const content = 'word '.repeat(100);
    await eventually(
      async () => {
        await Promise.all(Array.from({ length: 20 }, () => ask({ messages: [{ role: 'user', content }], options: { num_predict: 20 } })));
        expect((await get(`/api/coordinator/requests/${oldest}/bodies`)).status).to.equal(404);
      },
      { withinMs: 30_000 },
    );
    const keys = redisKeys();
    const client = connectRedis({ url: fleet.redis.url, role: 'test', log: silentLogger });
    await waitUntilReady(client, 3000);
    const { '': bytes, ...entries } = await client.hgetall(keys.bodies);
    expect(Number(bytes)).to.equal(Object.values(entries).reduce((sum, text) => sum + Buffer.byteLength(text), 0));
    expect(Number(bytes)).to.be.at.most(65_536);
    expect(await client.zcard(keys.bodiesByTime)).to.equal(Object.keys(entries).length);
    expect(await client.pttl(keys.bodies)).to.be.within(1, 24 * 3_600_000);
    client.disconnect();
  });
});
