import type { IncomingMessage } from 'node:http';
import type { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { type StoredKey, toApiKey } from '#coordinator/credentials/api-key.js';
import { hashSecret } from '#coordinator/credentials/hash-secret.js';
import { createKeyRing } from '#coordinator/credentials/key-ring.js';
import { createAuthenticate } from '#coordinator/http/authenticate.js';
import { isLocalHostHeader, isLoopback } from '#coordinator/http/loopback.js';
import type { Scope } from '#coordinator/http/routes.js';

const NOW_MS = Date.UTC(2026, 0, 1);
const KEYS: Readonly<Record<string, Partial<StoredKey>>> = {
  reader: { scopes: ['read'] },
  admin: { scopes: ['admin'] },
  gone: { scopes: ['admin'], revoked_at: '2025-01-01T00:00:00Z' },
  late: { scopes: ['admin'], expires_at: '2026-01-01T00:00:00Z' },
  early: { scopes: ['read'], expires_at: '2026-01-01T00:00:00.001Z' },
  some: { scopes: ['admin'], models: ['llama*'] },
};
const ring = createKeyRing();
for (const [secret, fields] of Object.entries(KEYS))
  ring.put(toApiKey(hashSecret(secret), { name: secret, scopes: [], limits: {}, created_at: '', version: 1, ...fields }));

function request(headers: Record<string, string>): IncomingMessage {
  return { headers, socket: { remoteAddress: '127.0.0.1' } } as unknown as IncomingMessage;
}

const create = (keysOn: boolean) => createAuthenticate({ keysOn, apiKeys: ring, clock: { now: () => NOW_MS } });

function outcome(keysOn: boolean, headers: Record<string, string>, scope: Scope, narrows = true, authenticate = create(keysOn)): string {
  try {
    return authenticate(request(headers), { scope, narrows }).id;
  } catch (failure) {
    return (failure as AppError).code;
  }
}

describe('authenticate', () => {
  const cases: readonly [boolean, Record<string, string>, Scope, string][] = [
    [true, {}, 'infer', 'MISSING_KEY'],
    [true, { authorization: 'Bearer wrong' }, 'infer', 'BAD_KEY'],
    [true, { authorization: 'Bearer reader' }, 'infer', 'FORBIDDEN'],
    [true, { authorization: 'Bearer reader' }, 'read', 'reader'],
    [true, { authorization: 'Bearer admin' }, 'operate', 'admin'],
    [true, { 'x-api-key': 'reader' }, 'read', 'reader'],
    [true, { authorization: 'Basic reader' }, 'read', 'MISSING_KEY'],
    [true, { upgrade: 'websocket', 'sec-websocket-protocol': 'ollama-coordinator, bearer.reader' }, 'read', 'reader'],
    [true, { 'sec-websocket-protocol': 'bearer.reader' }, 'read', 'MISSING_KEY'],
    [true, {}, 'public', 'public'],
    [true, { authorization: 'Bearer gone' }, 'read', 'DEAD_KEY'],
    [true, { authorization: 'Bearer late' }, 'read', 'DEAD_KEY'],
    [true, { authorization: 'Bearer early' }, 'read', 'early'],
    [true, { authorization: 'Bearer reader' }, 'key', 'reader'],
    [true, { authorization: 'Bearer gone' }, 'key', 'DEAD_KEY'],
    [true, {}, 'key', 'MISSING_KEY'],
    [false, { host: 'localhost:8080' }, 'admin', '127.0.0.1'],
    [false, { host: 'evil.example' }, 'read', 'FOREIGN_HOST'],
    [false, { host: 'localhost', 'x-forwarded-for': '1.2.3.4' }, 'read', 'PROXY_WITHOUT_KEYS'],
    [false, { host: 'localhost', forwarded: 'for=1.2.3.4' }, 'read', 'PROXY_WITHOUT_KEYS'],
  ];
  for (const [keysOn, headers, scope, expected] of cases) {
    it(`keys ${keysOn ? 'on' : 'off'}, ${JSON.stringify(headers)}, ${scope}: ${expected}`, () => {
      expect(outcome(keysOn, headers, scope)).to.equal(expected);
    });
  }

  it('judges each host anew, whatever the last one was', () => {
    const authenticate = create(false);
    const hosts = ['localhost', 'evil.example', 'evil.example', 'localhost', '', 'evil.example'];
    const outcomes = hosts.map((host) => outcome(false, host === '' ? {} : { host }, 'read', true, authenticate));
    expect(outcomes).to.deep.equal(['127.0.0.1', 'FOREIGN_HOST', 'FOREIGN_HOST', '127.0.0.1', '127.0.0.1', 'FOREIGN_HOST']);
  });
});

describe('authenticate with a key that is limited to some models', () => {
  const headers = { authorization: 'Bearer some' };
  it('lets it to routes that narrow what they show', () => expect(outcome(true, headers, 'read', true)).to.equal('some'));
  it('refuses it elsewhere, whatever its scopes', () => expect(outcome(true, headers, 'read', false)).to.equal('NARROWED_KEY'));
});

describe('isLoopback', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]', '::ffff:127.0.0.1']) {
    it(`takes ${host} for this machine`, () => {
      expect(isLoopback(host)).to.equal(true);
    });
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', '127.0.0.1.evil.example']) {
    it(`does not take ${host} for this machine`, () => {
      expect(isLoopback(host)).to.equal(false);
    });
  }
});

describe('isLocalHostHeader', () => {
  for (const header of [
    undefined,
    'localhost',
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    '192.168.1.5:8080',
    'nas.local',
    'x.localhost',
  ]) {
    it(`accepts ${header}`, () => {
      expect(isLocalHostHeader(header)).to.equal(true);
    });
  }
  for (const header of ['evil.example', 'localhost.evil.example', 'evil.example:8080', '']) {
    it(`refuses ${JSON.stringify(header)}`, () => {
      expect(isLocalHostHeader(header)).to.equal(false);
    });
  }
});
