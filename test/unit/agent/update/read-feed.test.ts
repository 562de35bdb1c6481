import { expect } from 'chai';
import { readFeed } from '#agent/update/read-feed.js';
import { makeFeed, makeReleaseKey } from '../../../support/download/release-feed.js';

const feedUrl = 'https://releases.example/agent/feed.json';
const release = { version: '0.2.0', platform: 'linux-x64', file: 'ollama-agent-linux-x64', body: Buffer.from('program') };

describe('readFeed', () => {
  const key = makeReleaseKey();
  const trust = { feedUrl, publicKey: key.publicKey, platform: 'linux-x64' };
  const text = makeFeed(release, key.privateKey).toString();

  it('gives the file for this machine, beside the feed', () => {
    expect(readFeed(text, trust)).to.include({ version: '0.2.0', url: 'https://releases.example/agent/ollama-agent-linux-x64' });
  });

  const lies: { name: string; text: string; says: RegExp }[] = [
    {
      name: 'another key',
      text: makeFeed(release, makeReleaseKey().privateKey).toString(),
      says: /not trusted \(it is signed with another key\)/,
    },
    { name: 'a changed payload', text: text.replace('0.2.0', '0.3.0'), says: /another key/ },
    { name: 'no signature', text: JSON.stringify({ payload: '{}' }), says: /it is no list of releases/ },
    { name: 'a page', text: '<html>', says: /it is no list of releases/ },
    {
      name: 'a version that is none',
      text: makeFeed({ ...release, version: '../x' }, key.privateKey).toString(),
      says: /no list of releases/,
    },
  ];
  for (const { name, text: lie, says } of lies) it(`trusts no feed with ${name}`, () => expect(() => readFeed(lie, trust)).to.throw(says));

  it('says that there is none for this machine', () => {
    expect(() => readFeed(text, { ...trust, platform: 'sunos-x64' })).to.throw(/version 0\.2\.0 has no file for sunos-x64/);
  });

  it('says that the pinned key is none', () => {
    expect(() => readFeed(text, { ...trust, publicKey: 'AAAA' })).to.throw(/is not trusted/);
  });
});
