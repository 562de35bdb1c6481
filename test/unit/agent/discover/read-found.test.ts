import { COORDINATOR_SERVICE, type MdnsRecord } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { readFound } from '#agent/discover/read-found.js';

const INSTANCE = `lab (port 8080).${COORDINATOR_SERVICE}`;
const told = (url: string | Buffer, { instance = INSTANCE, ttl = 120 } = {}): MdnsRecord[] => [
  { name: COORDINATOR_SERVICE, type: 'PTR', ttl, data: instance },
  { name: instance, type: 'TXT', ttl, data: [url] },
];

describe('readFound', () => {
  const taken: readonly (readonly [string, string])[] = [
    ['url=http://192.168.1.10:8080', 'http://192.168.1.10:8080'],
    ['url=https://ollama.example/', 'https://ollama.example'],
    ['url=https://ollama.example/fleet/', 'https://ollama.example/fleet'],
    ['url=http://[fe80::1]:8080', 'http://[fe80::1]:8080'],
    ['url=http://host:8080/#token=join_x?y', 'http://host:8080'],
    ['url=http://host:8080/?a=b', 'http://host:8080'],
  ];
  for (const [entry, url] of taken)
    it(`takes ${entry}`, () => expect(readFound(told(entry))).to.deep.equal([{ name: 'lab (port 8080)', url }]));

  const refused: readonly (readonly [string, readonly MdnsRecord[]])[] = [
    ...[
      'javascript:alert(1)',
      'file:///etc/passwd',
      'ftp://host',
      'http://user:secret@host',
      'host:8080',
      '',
      `http://${'x'.repeat(255)}`,
    ].map((url) => [`the address ${url.slice(0, 40)}`, told(`url=${url}`)] as const),
    ['no address', told('path=/')],
    ['one that says good-bye', told('url=http://host:8080', { ttl: 0 })],
    ['another service', told('url=http://host:8080').map((record) => ({ ...record, name: record.name.replace('ollama', 'printer') }))],
    ['a text of nobody', told('url=http://host:8080').slice(1)],
    ['an instance of another service', told('url=http://host:8080', { instance: 'lab._http._tcp.local' })],
    ['nothing', []],
  ];
  for (const [what, records] of refused) it(`leaves out ${what}`, () => expect(readFound(records)).to.deep.equal([]));

  it('reads bytes, and whatever case names have', () => {
    const records = told(Buffer.from('url=http://host:8080')).map((record) => ({ ...record, name: record.name.toUpperCase() }));
    expect(readFound(records)).to.deep.equal([{ name: 'lab (port 8080)', url: 'http://host:8080' }]);
  });

  it('shows nothing of a name that moves a cursor, turns a text around or is endless', () => {
    const name = `\u001b[2J\u202Ela\u2028b\u0000${'x'.repeat(500)}`;
    const [found] = readFound(told('url=http://host:8080', { instance: `${name}.${COORDINATOR_SERVICE}` }));
    expect(found?.name)
      .to.match(/^\[2J la b x+$/)
      .and.have.lengthOf(63);
  });

  it('calls one without a name by its address', () => {
    const [found] = readFound(told('url=http://host:8080', { instance: `\u0000.${COORDINATOR_SERVICE}` }));
    expect(found).to.deep.equal({ name: 'host:8080', url: 'http://host:8080' });
  });
});
