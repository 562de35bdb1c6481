import { expect } from 'chai';
import { sendRaw } from '../support/raw-http.js';
import type { AttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

/** A route that an inference key may not use, and ways to write it so that somebody may read something else. */
const TARGETS = ['/api/delete', '/api/copy', '/api/pull', '/api/coordinator/keys', '/api/agents', '/metrics'];
const spell = (path: string): readonly string[] => {
  const [, first = '', ...rest] = path.split('/');
  const tail = rest.length > 0 ? `/${rest.join('/')}` : '';
  const encoded = [...path].map((letter, index) => (index === 1 ? `%${letter.charCodeAt(0).toString(16)}` : letter)).join('');
  return [
    `/api/chat/..${path}`,
    `/api/chat/..%2f..${path}`,
    `/api/chat/%2e%2e${path}`,
    `/api/chat/..%252f${path.slice(1)}`,
    `/api/chat;${path}`,
    `/api/chat/;/..${path}`,
    `/api/generate/../${path.slice(1)}`,
    `/./${path.slice(1)}`,
    `/${path}`,
    `//${path.slice(1)}`,
    `${path}/`,
    `${path}/.`,
    `${path}//`,
    `${path}.`,
    `${path}%00`,
    `${path}%20`,
    `${path}%0d%0a`,
    `${path};x=1`,
    `${path}%3fx`,
    `${path}%23`,
    `${path}/..`,
    path.toUpperCase(),
    `/${first.toUpperCase()}${tail}`,
    encoded,
    encoded.replace('%', '%25'),
    path.replaceAll('/', '%2f'),
    path.replaceAll('/', '%5c'),
    path.replaceAll('/', '\\'),
    `/v1/models/..%2f..${path}`,
    `/v1/models/${encodeURIComponent(path)}`,
    `/v1/models/..`,
    `/v1/models/%2e%2e`,
    `/v1/models/.`,
    `/dashboard/..${path}`,
    `/dashboard/assets/..%2f..${path}`,
    `/dashboard/assets/%2e%2e%2f%2e%2e%2fpackage.json`,
    `/dashboard/assets/..`,
    `http://127.0.0.1${path}`,
    `http://evil.example${path}`,
    `${path}\u00e9`,
    `*${path}`,
  ];
};

describeAttack('paths', 'an inference key, raw request lines', (seen) => {
  let fleet: AttackedFleet;
  let key: string;

  before(async () => {
    fleet = await sharedFleet();
    ({ key } = await fleet.createKey({ scopes: ['infer'] }));
  });

  const variants = [...new Set(TARGETS.flatMap(spell))];

  it('are 200 at least', () => expect(variants).to.have.lengthOf.at.least(200));

  it(`${variants.length} paths × 3 methods reach nothing that the key may not use`, async () => {
    const before = await fleet.ask('GET', '/api/tags', key).then((answer) => answer.text());
    for (const path of variants) {
      const requests = ['GET', 'POST', 'DELETE'].map((method) => {
        const body = method === 'GET' ? '' : '{"model":"tiny","source":"tiny","destination":"stolen"}';
        return `${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
      });
      const answers = await Promise.all(requests.map((request) => sendRaw(fleet.url, request)));
      for (const [answer] of answers) {
        expect([301, 307, 400, 403, 404, 405], `${path}: ${answer?.head}\n${answer?.body}`).to.include(answer?.status);
        seen(answer?.status ?? 'closed');
      }
    }
    expect(await fleet.ask('GET', '/api/tags', key).then((answer) => answer.text())).to.equal(before);
  });

  it('no agent was sent one of them', () => {
    for (const { ollama } of fleet.agents) {
      const strange = ollama?.requests.filter(({ method, path }) => method === 'DELETE' || path.includes('..') || /copy|pull/.test(path));
      expect(strange?.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([]);
    }
  });
});
