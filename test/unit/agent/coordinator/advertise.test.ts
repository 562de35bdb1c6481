import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { chooseAdvertisedAddress, chooseListenHost, isOutOfReach, warnOfPlainHttp } from '#agent/coordinator/advertise.js';
import { keepWarnings } from '../../../support/keep-warnings.js';

const here = 'http://127.0.0.1:8080';
const elsewhere = 'http://192.0.2.7:8080';

/** Of this machine in its network; loopback where it is in none. */
const ownAddress =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
const isAlone = ownAddress === '127.0.0.1';

describe('chooseListenHost', () => {
  const rows = [
    { host: '127.0.0.1', transport: 'auto', coordinatorUrl: elsewhere, expected: '127.0.0.1' },
    { host: '127.0.0.1', transport: 'direct', coordinatorUrl: here, expected: '127.0.0.1' },
    { host: '127.0.0.1', transport: 'direct', coordinatorUrl: elsewhere, expected: '0.0.0.0' },
    { host: '127.0.0.1', transport: 'direct', coordinatorUrl: `http://${ownAddress}:8080`, expected: isAlone ? '127.0.0.1' : '0.0.0.0' },
    { host: '127.0.0.1', transport: 'direct', coordinatorUrl: 'http://0.0.0.0:8080', expected: '127.0.0.1' },
    { host: '10.0.0.3', transport: 'direct', coordinatorUrl: elsewhere, expected: '10.0.0.3' },
  ] as const;
  for (const { expected, ...config } of rows) {
    it(`listens on ${expected} for ${config.host}, ${config.transport}, ${config.coordinatorUrl}`, () => {
      expect(chooseListenHost(config)).to.equal(expected);
    });
  }
});

describe('chooseAdvertisedAddress', () => {
  const rows = [
    { advertise: undefined, listenHost: '127.0.0.1', expected: { host: '127.0.0.1', port: 11435 } },
    { advertise: undefined, listenHost: '10.0.0.3', expected: { host: '10.0.0.3', port: 11435 } },
    { advertise: undefined, listenHost: '0.0.0.0', expected: { host: '127.0.0.1', port: 11435 } },
    { advertise: 'box.lan', listenHost: '0.0.0.0', expected: { host: 'box.lan', port: 11435 } },
    { advertise: 'box.lan:9000', listenHost: '0.0.0.0', expected: { host: 'box.lan', port: 9000 } },
    { advertise: '[fd00::1]:9000', listenHost: '::', expected: { host: 'fd00::1', port: 9000 } },
    { advertise: 'fd00::1', listenHost: '::', expected: { host: 'fd00::1', port: 11435 } },
  ];
  for (const { advertise, listenHost, expected } of rows) {
    it(`tells ${expected.host}:${expected.port} for ${advertise ?? 'nothing configured'} on ${listenHost}`, async () => {
      expect(await chooseAdvertisedAddress({ advertise, listenHost, listenPort: 11435, coordinatorUrl: here })).to.deep.equal(expected);
    });
  }
});

describe('chooseAdvertisedAddress towards a coordinator at the own address of this machine in its network', () => {
  it('tells that address, which other replicas reach as well', async () => {
    const coordinatorUrl = `http://${ownAddress}:8080`;
    const listenHost = chooseListenHost({ host: '127.0.0.1', transport: 'direct', coordinatorUrl });
    const told = await chooseAdvertisedAddress({ advertise: undefined, listenHost, listenPort: 11435, coordinatorUrl });
    expect(told).to.deep.equal({ host: ownAddress, port: 11435 });
  });
});

describe('isOutOfReach', () => {
  it('is true only for loopback told to a coordinator that is known by an address of the network, its own machine’s too', () => {
    expect(isOutOfReach('127.0.0.1', elsewhere)).to.equal(true);
    expect(isOutOfReach('127.0.0.1', here)).to.equal(false);
    expect(isOutOfReach('127.0.0.1', `http://${ownAddress}:8080`)).to.equal(true);
    expect(isOutOfReach('10.0.0.3', elsewhere)).to.equal(false);
  });
});

describe('warnOfPlainHttp', () => {
  const credential = /^plain HTTP to a coordinator on another machine: .* use https$/;
  const prompts = /^plain HTTP beyond this machine: .* set AGENT_TLS_CERT and AGENT_TLS_KEY$/;
  for (const [coordinatorUrl, host, isSecure, expected] of [
    [here, '127.0.0.1', false, []],
    [elsewhere, '127.0.0.1', false, [credential]],
    [elsewhere, '0.0.0.0', false, [credential, prompts]],
    [elsewhere, '0.0.0.0', true, [credential]],
    ['https://192.0.2.7:8080', '0.0.0.0', false, [prompts]],
    ['https://192.0.2.7:8080', '0.0.0.0', true, []],
  ] as const)
    it(`${expected.length === 0 ? 'says nothing' : `warns ${expected.length} times`}: ${coordinatorUrl}, ${host}${isSecure ? ' with TLS' : ''}`, () => {
      const { log, warnings } = keepWarnings();
      warnOfPlainHttp({ coordinatorUrl }, { host, isSecure }, log);
      expect(warnings).to.have.lengthOf(expected.length);
      for (const [index, pattern] of expected.entries()) expect(warnings[index]).to.match(pattern);
    });
});
