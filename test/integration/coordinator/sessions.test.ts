import { expect } from 'chai';
import WebSocket from 'ws';
import { eventually } from '../../support/eventually.js';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';

describe('signing in', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  let urls: string[];
  before(async () => {
    fleet = await startFleet({
      replicas: 2,
      env: {
        COORDINATOR_AUTH: 'on',
        COORDINATOR_ADMIN_KEY: ADMIN_KEY,
        COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only',
        COORDINATOR_HOSTS: 'ollama.example,*.lab.example',
        COORDINATOR_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
    urls = fleet.coordinators.map(({ url }) => url);
  });
  after(() => fleet.close());

  const send = (method: string, url: string, headers: Record<string, string> = {}, body?: unknown) =>
    fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const session = (index = 0) => `${urls[index]}/api/coordinator/session`;
  const signIn = async (headers: Record<string, string> = {}, key = ADMIN_KEY) => {
    const answer = await send('POST', session(), headers, { key });
    return { status: answer.status, setCookie: answer.headers.get('set-cookie') ?? '', answer };
  };
  const cookieOf = (setCookie: string) => setCookie.split(';')[0] ?? '';

  it('gives a cookie that no script and no other site gets hold of', async () => {
    const { answer, setCookie } = await signIn();
    expect(await readAsDescribed(answer, 'POST /api/coordinator/session')).to.deep.include({
      name: 'admin',
      scopes: ['admin'],
      keys_on: true,
    });
    expect(setCookie).to.match(/^oc_session=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/);
    const behindTls = await signIn({ 'x-forwarded-proto': 'https' });
    expect(behindTls.setCookie).to.match(/^__Host-oc_session=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure$/);
    const secureCookie = cookieOf(behindTls.setCookie);
    expect((await send('GET', session(), { cookie: secureCookie })).status, 'over a plain connection').to.equal(401);
    expect((await send('GET', session(), { cookie: secureCookie, 'x-forwarded-proto': 'https' })).status).to.equal(200);
  });

  it('counts at every replica, until it is ended at one of them', async () => {
    const cookie = cookieOf((await signIn()).setCookie);
    const origin = urls[0] ?? '';
    for (const url of urls) expect((await send('GET', `${url}/api/agents`, { cookie })).status).to.equal(200);
    const ended = await send('DELETE', session(), { cookie, origin });
    expect([ended.status, ended.headers.get('set-cookie')]).to.deep.equal([
      204,
      'oc_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    ]);
    expect((await send('GET', `${origin}/api/agents`, { cookie })).status).to.equal(401);
    await eventually(async () => (await send('GET', `${urls[1]}/api/agents`, { cookie })).status === 401, { withinMs: 1000 });
  });

  it('changes nothing for a page of another site', async () => {
    const cookie = cookieOf((await signIn()).setCookie);
    const create = (headers: Record<string, string>) =>
      send('POST', `${urls[0]}/api/coordinator/keys`, { cookie, ...headers }, { name: `k${Math.random()}` });
    expect((await create({ origin: urls[0] ?? '' })).status).to.equal(201);
    expect((await create({ 'sec-fetch-site': 'same-origin' })).status).to.equal(201);
    for (const headers of [
      {},
      { origin: 'http://evil.example' },
      { origin: 'http://localhost:1' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[])
      expect((await create(headers)).status, JSON.stringify(headers)).to.equal(403);
    expect((await signIn({ origin: 'http://localhost:1' })).status, 'signing somebody else in').to.equal(403);
  });

  it('refuses a wrong key, and puts that on record', async () => {
    expect((await signIn({}, 'wrong')).status).to.equal(401);
    const audit = async () =>
      (await (await send('GET', `${urls[0]}/api/coordinator/audit?action=signIn`, { authorization: `Bearer ${ADMIN_KEY}` })).json()) as {
        entries: { actor: string; http_status: number; address: string }[];
      };
    await eventually(async () => (await audit()).entries.some(({ http_status }) => http_status === 401));
    const entries = (await audit()).entries;
    expect(entries.find(({ http_status }) => http_status === 201)).to.include({ actor: 'admin', address: '127.0.0.1' });
    expect(JSON.stringify(entries)).not.to.include(ADMIN_KEY);
  });

  it('opens the dashboard’s socket to our own page, and closes it when the key is revoked', async () => {
    const made = (await (
      await send('POST', `${urls[0]}/api/coordinator/keys`, { authorization: `Bearer ${ADMIN_KEY}` }, { name: 'viewer', scopes: ['read'] })
    ).json()) as { id: string; key: string };
    const cookie = cookieOf((await signIn({}, made.key)).setCookie);
    const open = (origin?: string) => {
      const socket = new WebSocket(`${urls[0]?.replace('http', 'ws')}/ws/dashboard`, ['ollama-coordinator'], {
        headers: { cookie },
        ...(origin === undefined ? {} : { origin }),
      });
      return new Promise<{ socket: WebSocket; outcome: string }>((resolve) => {
        socket.on('open', () => resolve({ socket, outcome: 'open' }));
        socket.on('error', (error) => resolve({ socket, outcome: error.message }));
      });
    };
    expect((await open('http://evil.example')).outcome).to.match(/403/);
    expect((await open('http://localhost:1')).outcome).to.match(/403/);
    expect((await open()).outcome, 'a browser would say where it comes from').to.match(/403/);
    const { socket, outcome } = await open(urls[0]);
    expect(outcome).to.equal('open');
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await send('DELETE', `${urls[1]}/api/coordinator/keys/${made.id}`, { authorization: `Bearer ${ADMIN_KEY}` });
    expect(await closed).to.equal(1008);
  });

  it('answers under its own names only', async () => {
    const ask = async (host: string) => {
      const { request } = await import('node:http');
      return new Promise<number>((resolve, reject) => {
        const asked = request(`${urls[0]}/healthz`, { headers: { host } }, (answer) => resolve(answer.resume().statusCode ?? 0));
        asked.on('error', reject);
        asked.end();
      });
    };
    for (const host of ['ollama.example', 'ollama.example:8080', 'A.lab.example', 'ollama.example.', '127.0.0.1', 'localhost:1', '[::1]'])
      expect(await ask(host), host).to.equal(200);
    for (const host of ['evil.com', 'ollama.example.evil.com', 'lab.example', 'x']) expect(await ask(host), host).to.equal(421);
  });
});
