import { COORDINATOR_SERVICE } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { readFound } from '#agent/discover/read-found.js';
import { serviceRecords } from '#coordinator/discovery/service-records.js';

const facts = { machineName: 'lab.example.org', port: 8080, url: 'http://10.0.0.7:8080', ownAddress: '10.0.0.7', ttlS: 120 };

describe('serviceRecords', () => {
  it('is what tools for DNS-SD resolve: service, instance, port, address', () => {
    const instance = `lab (port 8080).${COORDINATOR_SERVICE}`;
    expect(serviceRecords(facts).map(({ name, type }) => `${type} ${name}`)).to.deep.equal([
      `PTR ${COORDINATOR_SERVICE}`,
      'PTR _services._dns-sd._udp.local',
      `SRV ${instance}`,
      `TXT ${instance}`,
      'A lab.local',
    ]);
  });

  it('is what agents read', () =>
    expect(readFound(serviceRecords(facts))).to.deep.equal([{ name: 'lab (port 8080)', url: 'http://10.0.0.7:8080' }]));

  for (const machineName of ['', 'x'.repeat(200), 'ラ'.repeat(60), '.hidden'])
    it(`fits into DNS, whatever the machine is called: ${machineName.slice(0, 10)}`, () => {
      for (const { name } of serviceRecords({ ...facts, machineName }))
        for (const part of name.split('.')) expect(Buffer.byteLength(part)).to.be.within(1, 63);
    });
});
