import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type Clock, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { jwtVerify } from 'jose';
import { createTokens, demandHolder } from '#coordinator/credentials/tokens.js';

function setUp() {
  let nowMs = 1_000_000;
  const clock: Clock = { ...systemClock, now: () => nowMs, monotonic: () => nowMs };
  const { privateKey } = generateKeyPairSync('ed25519');
  const tokens = createTokens({ signingKey: { privateKey, publicKey: '' }, replicaId: 'replica-1', clock });
  return { tokens, publicKey: createPublicKey(privateKey), pass: (ms: number) => (nowMs += ms), now: () => nowMs };
}

describe('createTokens', () => {
  it('makes one token per agent and half minute', () => {
    const { tokens, pass } = setUp();
    const first = tokens.forAgent('a', 7);
    pass(29_000);
    expect(tokens.forAgent('a', 7)).to.equal(first);
    expect(tokens.forAgent('b', 7)).to.not.equal(first);
    expect(tokens.forAgent('a', 8), 'another start of the agent').to.not.equal(first);
    expect(tokens.forAgent('a', 7)).to.be.a('string');
    pass(2000);
    expect(tokens.forAgent('a', 7)).to.not.equal(first);
  });

  it('signs what any JWT library verifies: replica, agent and an end', async () => {
    const { tokens, publicKey, now } = setUp();
    const { payload } = await jwtVerify(tokens.forAgent('a', 7), publicKey, {
      audience: 'a',
      issuer: 'ollama-coordinator',
      currentDate: new Date(now()),
    });
    expect(payload).to.include({ sub: 'replica-1', inc: 7, exp: 1060 });
  });

  it('knows the credential that it issued, for that id and incarnation only', () => {
    const { tokens } = setUp();
    const token = tokens.issueTo('a', 7);
    expect(tokens.read(token)).to.deep.equal({ agentId: 'a', incarnation: 7, generation: 0 });
    expect(tokens.read(token), 'remembered').to.deep.equal({ agentId: 'a', incarnation: 7, generation: 0 });
    expect(tokens.read(tokens.issueTo('a', 7, 2)), 'rotated twice').to.include({ generation: 2 });
    expect(() => demandHolder(tokens.read(token), 'a', 7)).not.to.throw();
    for (const [id, incarnation] of [
      ['b', 7],
      ['a', 8],
    ] as const)
      expect(() => demandHolder(tokens.read(token), id, incarnation)).to.throw(/agent token/);
  });

  for (const forged of [
    undefined,
    '',
    'a.b',
    'a.b.c',
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"a","inc":7,"aud":"coordinator"}').toString('base64url')}.`,
  ]) {
    it(`refuses ${forged}`, () => {
      expect(() => setUp().tokens.read(forged)).to.throw(/agent token/);
    });
  }

  it('refuses the token towards an agent as that agent’s credential', () => {
    const { tokens } = setUp();
    expect(() => tokens.read(tokens.forAgent('a', 7))).to.throw(/agent token/);
  });
});
