import type { KeyScope } from '@ollama-coordinator/common';
import { expect } from 'chai';
import WebSocket from 'ws';
import { ROUTES, type Scope, SOCKET_ROUTES } from '#coordinator/http/routes.js';
import { ADMIN_KEY, type AttackedFleet, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const SCOPES: readonly KeyScope[] = ['infer', 'read', 'operate', 'admin'];

const AGENT = { agent_id: 'stranger', incarnation: 1 };
/** What an agent's routes read before they judge. */
const BODIES: Readonly<Record<string, object>> = {
  '/api/agents/register': { ...AGENT, machine_name: 'stranger', ip_address: '127.0.0.1', port: 1 },
  '/api/agents/leave': AGENT,
  '/api/health': AGENT,
};

/** Who asks, and with what; made from the route table, so that no route can be forgotten. */
describeAttack('keys', 'route × key, made from the route table', (seen) => {
  let fleet: AttackedFleet;
  const keys: Record<string, string | undefined> = { none: undefined, unknown: `oc_${'x'.repeat(32)}`, empty: '' };

  before(async () => {
    fleet = await startAttackedFleet();
    for (const scope of SCOPES.filter((one) => one !== 'admin')) keys[scope] = (await fleet.createKey({ scopes: [scope] })).key;
    keys.admin = ADMIN_KEY;
    keys.narrowed = (await fleet.createKey({ scopes: [...SCOPES], models: ['tiny'] })).key;
    const [revoked, expired] = [await fleet.createKey({ scopes: [...SCOPES] }), await fleet.createKey({ scopes: [...SCOPES] })];
    await fleet.ask('DELETE', `/api/coordinator/keys/${revoked.id}`, ADMIN_KEY);
    await fleet.ask('PATCH', `/api/coordinator/keys/${expired.id}`, ADMIN_KEY, { expires_at: '2020-01-01T00:00:00Z' });
    Object.assign(keys, { revoked: revoked.key, expired: expired.key });
  });
  after(() => fleet.close());

  /** What the key's holder may see of a route: refused with that status, or let in. */
  function expected(scope: Scope, narrows: boolean, key: string): 401 | 403 | 'in' {
    if (scope === 'public') return 'in';
    if (scope === 'agent' || ['none', 'unknown', 'empty', 'revoked', 'expired'].includes(key)) return 401;
    if (key === 'narrowed') return narrows ? 'in' : 403;
    return scope === 'key' || key === 'admin' || key === scope ? 'in' : 403;
  }

  for (const route of ROUTES) {
    const narrows = route.kind === 'inference' || route.narrows;
    it(`${route.method} ${route.path} (${route.scope})`, async () => {
      const path = route.path.replaceAll(/:(\w+)/g, 'nothing-there');
      const hasBody = route.method !== 'GET' && route.method !== 'HEAD';
      const methods = route.method === 'GET' ? (['GET', 'HEAD'] as const) : [route.method];
      for (const method of methods) {
        for (const [name, key] of Object.entries(keys)) {
          const answer = await fleet.ask(method, path, key, hasBody ? (BODIES[route.path] ?? {}) : undefined);
          const wanted = expected(route.scope, narrows, name);
          // Ollama answers HEAD on some routes only; then there is nothing to let anybody into.
          if (method === 'HEAD' && answer.status === 405) continue;
          // Accounts of a cloud are refused to everybody.
          if (answer.status === 403 && route.kind === 'verb' && route.handler === 'noCloud' && wanted === 'in') continue;
          if (wanted === 'in') expect([401, 403], `${method} with ${name}`).not.to.include(answer.status);
          else expect(answer.status, `${method} with ${name}`).to.equal(wanted);
          if (wanted !== 'in') seen(answer.status);
          await answer.body?.cancel();
        }
      }
    });
  }

  for (const { path, scope, narrows } of SOCKET_ROUTES) {
    it(`WS ${path} (${scope})`, async () => {
      for (const [name, key] of Object.entries(keys)) {
        const outcome = await openSocket(`${fleet.url.replace('http', 'ws')}${path}`, key);
        // Tunnels are for agents and replicas, each with a token of its own; no API key opens one.
        const wanted = scope === 'agent' ? 401 : expected(scope, narrows, name);
        expect(outcome, name).to.equal(wanted === 'in' ? 'open' : `Unexpected server response: ${wanted}`);
        if (wanted !== 'in') seen(wanted);
      }
    });
  }

  it('a key in the query, in a cookie, as Basic, or under another method’s name', async () => {
    const tries: [string, string, Record<string, string>][] = [
      ['GET', `/api/agents?key=${ADMIN_KEY}`, {}],
      ['GET', `/api/agents?access_token=${ADMIN_KEY}`, {}],
      ['GET', '/api/agents', { cookie: `oc_session=${ADMIN_KEY}` }],
      ['GET', '/api/agents', { authorization: `Basic ${Buffer.from(`x:${ADMIN_KEY}`).toString('base64')}` }],
      ['GET', '/api/agents', { authorization: ADMIN_KEY }],
      ['GET', '/api/agents', { 'sec-websocket-protocol': `bearer.${ADMIN_KEY}` }],
    ];
    for (const [method, path, headers] of tries) {
      const { status } = await fleet.ask(method, path, undefined, undefined, headers);
      expect(status, `${path} ${JSON.stringify(headers)}`).to.equal(401);
      seen(status);
    }
    const overridden = await fleet.ask('GET', '/api/coordinator/keys/nothing-there', keys.read, undefined, {
      'x-http-method-override': 'DELETE',
    });
    expect(overridden.status).to.equal(405);
    seen(405);
  });
});

function openSocket(url: string, key: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, ['ollama-coordinator'], { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
    socket.on('open', () => {
      socket.close();
      resolve('open');
    });
    socket.on('error', (error) => resolve(error.message));
  });
}
