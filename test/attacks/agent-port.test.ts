import { generateKeyPairSync, sign } from 'node:crypto';
import { type Agent, FORWARD_HEADERS, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { FORWARD_ROUTES } from '#agent/server/forward-routes.js';
import { loadSigningKey } from '#coordinator/credentials/signing-key.js';
import { createTokens } from '#coordinator/credentials/tokens.js';
import { ADMIN_KEY, type AttackedFleet, CLUSTER_SECRET, JOIN_TOKEN, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const AGENTS_OWN = [
  ['GET', '/agent/watch'],
  ['PUT', '/agent/wants'],
  ['GET', '/agent/challenge?nonce=x'],
  ['POST', '/agent/transfers'],
  ['DELETE', '/agent/transfers/1'],
  ['GET', '/agent/copy/tiny'],
] as const;
/** What an agent asks its Ollama by itself. */
const ASKED_BY_AGENT = ['/api/ps', '/api/tags', '/api/version'];

describeAttack('agentPort', 'every route of the agent, with every token that is not its coordinator’s for it', (seen) => {
  let fleet: AttackedFleet;
  let agent: Agent;
  const tokens: Record<string, string | undefined> = { none: undefined, 'join token': JOIN_TOKEN, 'admin key': ADMIN_KEY };

  before(async () => {
    fleet = await startAttackedFleet({ agents: ['one', 'other'] });
    const agents = await fleet.listAgents();
    agent = agents.find(({ name }) => name === 'one') as Agent;
    const other = agents.find(({ name }) => name === 'other') as Agent;
    const ours = createTokens({
      signingKey: loadSigningKey({ clusterSecret: CLUSTER_SECRET, dataDir: '' }),
      replicaId: 'r',
      clock: systemClock,
    });
    const strange = { privateKey: generateKeyPairSync('ed25519').privateKey, publicKey: '' };
    const theirs = createTokens({ signingKey: strange, replicaId: 'r', clock: systemClock });
    const good = ours.forAgent(agent.id, agent.incarnation);
    const [header = '', claims = '', signature = ''] = good.split('.');
    Object.assign(tokens, {
      'another agent’s': ours.forAgent(other.id, other.incarnation),
      'of an older start': ours.forAgent(agent.id, agent.incarnation - 1),
      'its own credential': ours.issueTo(agent.id, agent.incarnation),
      'another’s credential': ours.issueTo(other.id, other.incarnation),
      'signed by another key': theirs.forAgent(agent.id, agent.incarnation),
      'alg none': `${encode({ alg: 'none' })}.${claims}.`,
      'alg HS256': `${encode({ alg: 'HS256' })}.${claims}.${signature}`,
      'signature cut': `${header}.${claims}.${signature.slice(0, 40)}`,
      'claims changed': `${header}.${encode({ aud: agent.id, iss: 'ollama-coordinator', sub: 'r' })}.${signature}`,
      'signed twice': `${header}.${claims}.${sign(null, Buffer.from(good), strange.privateKey).toString('base64url')}`,
    });
    expect((await call('GET', '/agent/challenge?nonce=x', good)).status, 'its coordinator’s').to.equal(200);
  });
  after(() => fleet.close());

  const call = (method: string, path: string, token: string | undefined) => {
    const hasBody = method === 'POST' || method === 'PUT';
    return fetch(agent.address + path.replace(/:\w+/, 'sha256:0'), {
      method,
      headers: {
        'x-canary': '1',
        [FORWARD_HEADERS.signature]: 'tiny:latest',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(hasBody ? { body: JSON.stringify({ model: 'tiny', prompt: 'x' }) } : {}),
    });
  };

  for (const [method, path] of [...FORWARD_ROUTES, ...AGENTS_OWN]) {
    it(`${method} ${path}`, async () => {
      for (const [name, token] of Object.entries(tokens)) {
        const answer = await call(method, path, token);
        expect(answer.status, name).to.equal(401);
        await answer.body?.cancel();
      }
      seen(401, Object.keys(tokens).length);
    });
  }

  it('and its Ollama saw nothing of it', () => {
    const requests = fleet.agents.find(({ name }) => name === 'one')?.ollama?.requests ?? [];
    const strange = requests.filter(
      ({ method, path, headers }) => headers['x-canary'] || method !== 'GET' || !ASKED_BY_AGENT.includes(path),
    );
    expect(strange.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([]);
    seen('Ollama saw 0 of them');
  });
});

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
