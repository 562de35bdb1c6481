import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createTokenCheck } from '#agent/server/token-check.js';
import { createManualClock } from '../../../support/manual-clock.js';

const MINUTE_MS = 60_000;
const fleet = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const rawKey = (pair: { publicKey: KeyObject }) => pair.publicKey.export({ format: 'jwk' }).x ?? '';

const good = { iss: 'ollama-coordinator', aud: 'agent-1', sub: 'replica-1', iat: 1_000, exp: 1_060 };

function token(claims: object, { key = fleet.privateKey, alg = 'EdDSA' } = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg })}.${part(claims)}`;
  return `Bearer ${text}.${alg === 'none' ? '' : sign(null, Buffer.from(text), key).toString('base64url')}`;
}

async function setUp() {
  const clock = createManualClock();
  const check = createTokenCheck({ agentId: 'agent-1', incarnation: 7, clock });
  await check.useKey(rawKey(fleet));
  const verify = (authorization: string | undefined) =>
    check.verify(authorization).catch((error: unknown) => (error instanceof AppError ? error.code : error));
  return { clock, check, verify };
}

describe('createTokenCheck', () => {
  const rows: { name: string; header: string | undefined; expected: string }[] = [
    { name: 'accepts a token of the fleet for this agent', header: token(good), expected: 'replica-1' },
    { name: 'accepts one whose clock is a day behind', header: token({ ...good, iat: 1, exp: 2 }), expected: 'replica-1' },
    { name: 'accepts one whose clock is ahead', header: token({ ...good, iat: 9e9, nbf: 9e9, exp: 9e9 + 60 }), expected: 'replica-1' },
    { name: 'accepts one for this start', header: token({ ...good, inc: 7 }), expected: 'replica-1' },
    { name: 'refuses one for another start', header: token({ ...good, inc: 6 }), expected: 'BAD_AGENT_TOKEN' },
    { name: 'refuses one for another agent', header: token({ ...good, aud: 'agent-2' }), expected: 'BAD_AGENT_TOKEN' },
    { name: 'refuses another issuer', header: token({ ...good, iss: 'x' }), expected: 'BAD_AGENT_TOKEN' },
    { name: 'refuses one that names no replica', header: token({ ...good, sub: undefined }), expected: 'BAD_AGENT_TOKEN' },
    { name: 'refuses another key', header: token(good, { key: other.privateKey }), expected: 'BAD_AGENT_TOKEN' },
    { name: 'refuses an unsigned one', header: token(good, { alg: 'none' }), expected: 'BAD_AGENT_TOKEN' },
    { name: 'refuses a header of another kind', header: token(good).replace('Bearer', 'Basic'), expected: 'BAD_AGENT_TOKEN' },
    { name: 'refuses no header', header: undefined, expected: 'BAD_AGENT_TOKEN' },
  ];
  for (const { name, header, expected } of rows) {
    it(name, async () => {
      const { verify } = await setUp();
      expect(await verify(header)).to.equal(expected);
    });
  }

  it('knows a verified token at once, for five minutes from when it first saw it', async () => {
    const { check, verify, clock } = await setUp();
    const header = token(good);
    expect(check.known(header)).to.equal(undefined);
    await verify(header);
    clock.advance(5 * MINUTE_MS - 1);
    expect(check.known(header)).to.equal('replica-1');
    clock.advance(1);
    expect(check.known(header)).to.equal(undefined);
    expect(await verify(header), 'it does not begin anew').to.equal('BAD_AGENT_TOKEN');
  });

  it('forgets what an earlier key signed', async () => {
    const { check, verify } = await setUp();
    const header = token(good);
    await verify(header);
    await check.useKey(rawKey(other));
    expect(check.known(header)).to.equal(undefined);
    expect(await verify(header)).to.equal('BAD_AGENT_TOKEN');
  });

  it('accepts nothing before it has a key', async () => {
    const check = createTokenCheck({ agentId: 'agent-1', incarnation: 7, clock: createManualClock() });
    expect(await check.verify(token(good)).catch((error: AppError) => error.code)).to.equal('BAD_AGENT_TOKEN');
  });
});
