import { readFileSync } from 'node:fs';
import type { AuditEntry, CreatedKey } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';

describe('the audit', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_AUTH: 'on', COORDINATOR_ADMIN_KEY: ADMIN_KEY, COORDINATOR_JOIN_TOKEN: JOIN_TOKEN },
      agents: [{ name: 'one', env: { AGENT_JOIN_TOKEN: JOIN_TOKEN } }],
    });
  });
  after(() => fleet.close());

  const ask = (method: string, path: string, key: string, body?: unknown) =>
    fetch(fleet.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const entries = async (query = '') => {
    const answer = await ask('GET', `/api/coordinator/audit${query}`, ADMIN_KEY);
    return ((await readAsDescribed(answer, 'GET /api/coordinator/audit')) as { entries: AuditEntry[] }).entries;
  };

  it('says who changed what, who tried to, and what came of it; no secret, and nothing that only reads', async () => {
    const made = (await (await ask('POST', '/api/coordinator/keys', ADMIN_KEY, { name: 'ci' })).json()) as CreatedKey;
    await ask('GET', '/api/agents', ADMIN_KEY);
    await ask('POST', '/api/agents/one/drain', ADMIN_KEY);
    await ask('DELETE', '/api/agents/one/drain', ADMIN_KEY);
    await ask('POST', '/api/agents/one/drain', made.key);
    await ask('PATCH', `/api/coordinator/keys/${made.id}`, ADMIN_KEY, { scopes: ['read'] });
    await ask('DELETE', `/api/coordinator/keys/none`, ADMIN_KEY);
    await eventually(async () => (await entries()).length === 6);
    const seen = (await entries()).map(({ actor, action, target, detail, http_status }) => [actor, action, target, detail, http_status]);
    expect(seen.reverse()).to.deep.equal([
      ['admin', 'createKey', made.id, 'ci: infer', 201],
      ['admin', 'drainAgent', 'one', undefined, 200],
      ['admin', 'resumeAgent', 'one', undefined, 200],
      ['ci', 'drainAgent', undefined, 'refused', 403],
      ['admin', 'changeKey', made.id, 'scopes', 200],
      ['admin', 'revokeKey', 'none', undefined, 404],
    ]);
    expect(await entries('?actor=ci')).to.have.lengthOf(1);
    expect(await entries('?action=drainAgent&limit=1')).to.have.lengthOf(1);
    expect((await ask('GET', '/api/coordinator/audit', made.key)).status).to.equal(403);
    const log = readFileSync(fleet.logFile(0), 'utf8');
    expect(log.match(/"msg":"audit"/g)).to.have.lengthOf(6);
    for (const secret of [made.key, ADMIN_KEY]) expect(log + JSON.stringify(await entries())).not.to.include(secret);
  });
});
