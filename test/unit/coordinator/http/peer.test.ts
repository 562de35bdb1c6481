import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { createPeer } from '#coordinator/http/peer.js';

const request = (remoteAddress: string, headers: Record<string, string> = {}, encrypted = false) =>
  ({ headers, socket: { remoteAddress, encrypted } }) as unknown as IncomingMessage;

describe('createPeer', () => {
  const peer = createPeer(['10.0.0.0/8', '::1']);

  const addresses: readonly [what: string, remote: string, forwardedFor: string | undefined, address: string][] = [
    ['a client of its own', '192.0.2.1', undefined, '192.0.2.1'],
    ['a client that claims another address', '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['a client behind a trusted proxy', '10.1.1.1', '203.0.113.9', '203.0.113.9'],
    ['a client that put an address before the proxy’s', '10.1.1.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['two trusted proxies', '::1', '203.0.113.9, 10.2.2.2', '203.0.113.9'],
    ['nothing but trusted proxies', '10.1.1.1', '10.2.2.2', '10.1.1.1'],
    ['an IPv4 client on an IPv6 socket', '::ffff:192.0.2.1', undefined, '192.0.2.1'],
    ['a trusted proxy on an IPv6 socket', '::ffff:10.1.1.1', '203.0.113.9', '203.0.113.9'],
  ];
  for (const [what, remote, forwardedFor, address] of addresses) {
    it(`sees ${what} as ${address}`, () => {
      expect(peer.address(request(remote, forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }))).to.equal(address);
    });
  }

  const secure: readonly [what: string, req: IncomingMessage, isSecure: boolean][] = [
    ['a plain connection', request('192.0.2.1'), false],
    ['TLS', request('192.0.2.1', {}, true), true],
    ['a client that says so', request('192.0.2.1', { 'x-forwarded-proto': 'https' }), false],
    ['a trusted proxy that says so', request('10.1.1.1', { 'x-forwarded-proto': 'https' }), true],
  ];
  for (const [what, req, isSecure] of secure)
    it(`takes ${what} for ${isSecure ? '' : 'not '}encrypted`, () => expect(peer.isSecure(req)).to.equal(isSecure));

  for (const entry of ['proxy.example', '10.0.0.0/33', '10.0.0.0/x', ''])
    it(`refuses ${JSON.stringify(entry)}`, () => expect(() => createPeer([entry])).to.throw(/COORDINATOR_TRUSTED_PROXIES/));
});
