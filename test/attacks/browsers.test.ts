import { request } from 'node:http';
import { expect } from 'chai';
import WebSocket from 'ws';
import { ADMIN_KEY, type AttackedFleet, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const FOREIGN = [
  'http://evil.example',
  'https://evil.example',
  'null',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'http://evil.example#localhost',
];

describeAttack('browsers', 'a page of another site, with the session of an administrator', (seen) => {
  let fleet: AttackedFleet;
  let cookie: string;

  before(async () => {
    fleet = await startAttackedFleet({ env: { COORDINATOR_HOSTS: 'ollama.example' } });
    const answer = await fleet.ask('POST', '/api/coordinator/session', ADMIN_KEY, { key: ADMIN_KEY }, { origin: fleet.url });
    cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(cookie).to.not.equal('');
    expect(answer.headers.get('set-cookie'))
      .to.match(/HttpOnly/i)
      .and.match(/SameSite=Strict/i);
  });
  after(() => fleet.close());

  /** fetch() sets Host and Origin by itself, so Node's own client does. */
  const ask = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
      const outgoing = request(
        fleet.url + path,
        { method, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) } },
        (answer) => {
          answer.resume();
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  it('the session works for the page of this coordinator', async () => {
    const { status } = await ask(
      'POST',
      '/api/coordinator/keys',
      { cookie, origin: fleet.url, 'content-type': 'application/json' },
      '{"name":"own"}',
    );
    expect(status).to.equal(201);
  });

  for (const origin of FOREIGN) {
    it(`changes and reads from ${origin}`, async () => {
      for (const [method, path, type, body] of [
        ['POST', '/api/coordinator/keys', 'application/json', '{"name":"evil"}'],
        ['POST', '/api/coordinator/keys', 'text/plain', '{"name":"evil"}'],
        ['POST', '/api/coordinator/keys', 'application/x-www-form-urlencoded', 'name=evil'],
        ['POST', '/api/generate', 'text/plain', '{"model":"tiny","prompt":"x"}'],
        ['DELETE', '/api/agents/one', '', undefined],
        ['GET', '/api/coordinator/keys', '', undefined],
        ['GET', '/api/tags', '', undefined],
      ] as const) {
        const answer = await ask(method, path, { cookie, origin, ...(type === '' ? {} : { 'content-type': type }) }, body);
        expect(answer.status, `${method} ${path}`).to.equal(403);
        expect(answer.headers).to.not.have.property('access-control-allow-origin');
        seen(answer.status);
      }
      const preflight = await ask('OPTIONS', '/api/chat', { origin, 'access-control-request-method': 'POST' });
      expect(preflight.headers).to.not.have.property('access-control-allow-origin');
      expect(preflight.status).to.equal(403);
      seen(preflight.status);
    });

    it(`opens a WebSocket from ${origin}`, async () => {
      const status = await new Promise<number>((resolve) => {
        const socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws/dashboard`, { headers: { cookie, origin } });
        socket.on('unexpected-response', (_request, answer) => resolve(answer.statusCode ?? 0));
        socket.on('open', () => resolve(101));
        socket.on('error', () => undefined);
      });
      expect(status).to.equal(403);
      seen(status);
    });
  }

  it('a form of another site, which sends no Origin', async () => {
    for (const site of ['cross-site', 'same-site', 'none', undefined]) {
      const { status } = await ask(
        'POST',
        '/api/coordinator/keys',
        { cookie, 'content-type': 'text/plain', ...(site ? { 'sec-fetch-site': site } : {}) },
        '{"name":"evil"}',
      );
      expect(status, String(site)).to.equal(403);
      seen(status);
    }
  });

  it('DNS that points a foreign name here', async () => {
    for (const host of ['evil.example', 'evil.example:8080', 'ollama.example.evil.example', 'xollama.example']) {
      for (const path of ['/api/tags', '/dashboard', '/healthz']) {
        const { status } = await ask('GET', path, { host, authorization: `Bearer ${ADMIN_KEY}` });
        expect([400, 421], `${host}${path}`).to.include(status);
        seen(status);
      }
    }
    expect((await ask('GET', '/api/tags', { host: 'ollama.example', authorization: `Bearer ${ADMIN_KEY}` })).status).to.equal(200);
  });
});

describeAttack('browsers', 'a coordinator without keys on loopback', (seen) => {
  let fleet: AttackedFleet;
  before(async () => {
    fleet = await startAttackedFleet({ env: { COORDINATOR_AUTH: 'off' }, agents: [] });
  });
  after(() => fleet.close());

  it('a foreign Host, a foreign Origin, a proxy in front', async () => {
    const { hostname, port } = new URL(fleet.url);
    for (const headers of [
      { host: 'evil.example' },
      { host: `${hostname}:${port}`, origin: 'http://evil.example' },
      { host: `${hostname}:${port}`, 'x-forwarded-for': '10.0.0.1' },
      { host: `${hostname}:${port}`, forwarded: 'for=10.0.0.1' },
    ]) {
      const status = await new Promise<number>((resolve, reject) => {
        request(`${fleet.url}/api/tags`, { headers: headers as Record<string, string> }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
      expect(status, JSON.stringify(headers)).to.equal(403);
      seen(status);
    }
  });
});
