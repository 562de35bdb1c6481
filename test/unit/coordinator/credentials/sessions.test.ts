import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { createSessions, SESSION_MS } from '#coordinator/credentials/sessions.js';
import { createManualClock } from '../../../support/manual-clock.js';

describe('createSessions', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const setUp = () => {
    const clock = createManualClock();
    return { clock, sessions: createSessions({ signingKey: { privateKey }, clock }) };
  };

  it('knows a session that another replica with the same key opened, for an hour', () => {
    const { clock, sessions } = setUp();
    const cookie = createSessions({ signingKey: { privateKey }, clock }).open({ id: 'key-1' });
    expect(sessions.read(cookie)).to.include({ keyId: 'key-1', endsMs: clock.now() + SESSION_MS });
    clock.advance(SESSION_MS);
    expect(sessions.read(cookie)).to.equal(undefined);
  });

  it('renews under the same id', () => {
    const { clock, sessions } = setUp();
    const session = sessions.read(sessions.open({ id: 'key-1' }));
    clock.advance(SESSION_MS / 2);
    const renewed = session && sessions.read(sessions.renew(session));
    expect(renewed).to.deep.equal({ ...session, endsMs: clock.now() + SESSION_MS });
  });

  it('forgets an ended session, renewed or not', () => {
    const { sessions } = setUp();
    const cookie = sessions.open({ id: 'key-1' });
    const session = sessions.read(cookie);
    if (!session) throw new Error('no session');
    const renewed = sessions.renew(session);
    sessions.end(session.id, session.endsMs);
    expect([cookie, renewed].map((value) => sessions.read(value))).to.deep.equal([undefined, undefined]);
  });

  it('takes nothing that it did not sign', () => {
    const { sessions, clock } = setUp();
    const cookie = sessions.open({ id: 'key-1' });
    const [id = '', keyId = '', ends = '', signature = ''] = cookie.split('.');
    const other = createSessions({ signingKey: generateKeyPairSync('ed25519'), clock }).open({ id: 'key-1' });
    for (const forged of [
      '',
      'x',
      other,
      [id, 'key-2', ends, signature].join('.'),
      [id, keyId, String(Number(ends) + 1), signature].join('.'),
      [id, keyId, ends, ''].join('.'),
      [id, keyId, ends, `${signature.slice(0, -2)}AA`].join('.'),
      `${cookie}.`,
    ])
      expect(sessions.read(forged), forged).to.equal(undefined);
  });
});
