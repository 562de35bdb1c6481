import { AppError, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createAddressPolicy } from '#coordinator/reach/address-policy.js';
import { createManualClock } from '../../../support/manual-clock.js';

const policyOf = (host: string, networks: readonly string[] = []) =>
  createAddressPolicy({ host, networks, clock: createManualClock(), log: silentLogger });
const outcome = (demand: Promise<void>) =>
  demand.then(
    () => 'taken',
    (error: unknown) => (error as AppError).code,
  );

describe('createAddressPolicy', () => {
  for (const [host, networks, url, isLocal, wanted] of [
    ['0.0.0.0', [], 'http://10.0.0.7:1', false, 'taken'],
    ['0.0.0.0', [], 'http://[2001:db8::7]:1', false, 'taken'],
    ['0.0.0.0', ['10.0.0.0/8'], 'http://10.0.0.7:1', false, 'taken'],
    ['0.0.0.0', ['10.0.0.0/8'], 'http://192.168.0.7:1', false, 'BAD_REQUEST'],
    ['0.0.0.0', ['fd00::/8'], 'http://[fd12::7]:1', false, 'taken'],
    ['0.0.0.0', [], 'http://127.0.0.1:1', false, 'BAD_REQUEST'],
    ['0.0.0.0', [], 'http://127.0.0.1:1', true, 'taken'],
    ['127.0.0.1', [], 'http://127.0.0.1:1', false, 'taken'],
    ['127.0.0.1', [], 'http://169.254.169.254:1', true, 'BAD_REQUEST'],
    ['0.0.0.0', ['169.254.0.0/16'], 'http://169.254.169.254:1', true, 'BAD_REQUEST'],
  ] as const) {
    it(`on ${host} with ${networks.join(', ') || 'any network'}: ${url} from ${isLocal ? 'here' : 'elsewhere'} is ${wanted}`, async () => {
      expect(await outcome(policyOf(host, networks).demand(url, isLocal))).to.equal(wanted);
    });
  }

  it('judges at connect time too, where a name may have come to mean loopback or metadata', () => {
    const { mayConnect } = policyOf('0.0.0.0');
    expect(mayConnect('127.0.0.1', 'name')).to.equal(false);
    expect(mayConnect('127.0.0.1', 'address'), 'passed at registration').to.equal(true);
    expect(mayConnect('169.254.169.254', 'address')).to.equal(false);
    expect(mayConnect('::ffff:169.254.169.254', 'name')).to.equal(false);
    expect(mayConnect('10.0.0.7', 'name')).to.equal(true);
  });

  it('refuses a network that is none', () => {
    expect(() => policyOf('0.0.0.0', ['10.0.0.0/99'])).to.throw(AppError, /COORDINATOR_AGENT_NETWORKS/);
  });
});
