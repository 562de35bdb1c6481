import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { createJoinAddress, type JoinAddressDeps } from '#coordinator/http/join-address.js';

const asked = (host: string) => ({ headers: { host }, socket: { localPort: 8080 } }) as unknown as IncomingMessage;
const tls = { current: () => ({ fingerprint: 'AB:CD' }) } as unknown as NonNullable<JoinAddressDeps['tls']>;
const build = (deps: Partial<JoinAddressDeps> = {}) =>
  createJoinAddress({
    config: { host: '0.0.0.0', advertise: undefined },
    tls: undefined,
    peer: { isSecure: () => deps.tls !== undefined },
    ownAddresses: () => ['192.168.1.10'],
    ...deps,
  });

describe('createJoinAddress', () => {
  it('gives the address at which it was asked', () => {
    expect(build()(asked('ollama.lab:8080'))).to.deep.equal({ coordinatorUrl: 'http://ollama.lab:8080' });
  });

  it('gives its address in the network to whoever asks by way of loopback', () => {
    expect(build()(asked('127.0.0.1:8080')).coordinatorUrl).to.equal('http://192.168.1.10:8080');
    const advertise = 'http://coordinator.lab:8080';
    expect(build({ config: { host: '0.0.0.0', advertise } })(asked('localhost:8080')).coordinatorUrl).to.equal(advertise);
  });

  it('gives loopback where it listens nowhere else', () => {
    const local = build({ config: { host: '127.0.0.1', advertise: undefined } });
    expect(local(asked('127.0.0.1:8080')).coordinatorUrl).to.equal('http://127.0.0.1:8080');
  });

  it('names its certificate over HTTPS, and takes the word of who asks', () => {
    expect(build({ tls })(asked('ollama.lab:8443'))).to.deep.equal({ coordinatorUrl: 'https://ollama.lab:8443', certificate: 'AB:CD' });
    expect(build({ tls })(asked('ollama.lab:8443'), 'http://plain:1')).to.deep.equal({ coordinatorUrl: 'http://plain:1' });
  });
});
