import { expect } from 'chai';
import { openTls } from '#coordinator/reach/open-tls.js';
import { keepWarnings } from '../../../support/keep-warnings.js';
import { createManualClock } from '../../../support/manual-clock.js';

const none = { tlsCert: undefined, tlsKey: undefined, tlsClientCa: undefined };

describe('openTls, without files', () => {
  const warningsOn = (host: string): readonly string[] => {
    const { log, warnings } = keepWarnings();
    expect(openTls({ config: { ...none, host }, clock: createManualClock(), log })).to.equal(undefined);
    return warnings;
  };

  for (const host of ['0.0.0.0', '::', '192.0.2.7'])
    it(`warns of plain HTTP on ${host}`, () => {
      expect(warningsOn(host)).to.have.lengthOf(1);
      expect(warningsOn(host)[0]).to.match(/^plain HTTP beyond this machine: .* set COORDINATOR_TLS_CERT and COORDINATOR_TLS_KEY$/);
    });

  for (const host of ['127.0.0.1', '::1', 'localhost'])
    it(`says nothing on ${host}`, () => {
      expect(warningsOn(host)).to.deep.equal([]);
    });
});
