import { redactRedisUrl } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { parseRedisUrl } from '#common/redis/parse-redis-url.js';

const node = (host: string, port: number) => ({ host, port });

describe('parseRedisUrl', () => {
  const cases = [
    ['redis://localhost', { kind: 'single', addresses: [node('localhost', 6379)], tls: false }],
    ['redis://127.0.0.1:80/3', { kind: 'single', addresses: [node('127.0.0.1', 80)], db: 3, tls: false }],
    ['rediss://me:p%40ss@[::1]:7000', { kind: 'single', addresses: [node('::1', 7000)], username: 'me', password: 'p@ss', tls: true }],
    ['redis://:secret@r', { kind: 'single', addresses: [node('r', 6379)], password: 'secret', tls: false }],
    ['unix:///run/redis.sock', { kind: 'socket', addresses: [], path: '/run/redis.sock', tls: false }],
    [
      'redis+sentinel://:pw@s1,s2:26380/fleet/2',
      { kind: 'sentinel', addresses: [node('s1', 26379), node('s2', 26380)], masterName: 'fleet', password: 'pw', db: 2, tls: false },
    ],
    ['rediss+cluster://c1:7001,c2:7002', { kind: 'cluster', addresses: [node('c1', 7001), node('c2', 7002)], tls: true }],
  ] as const;
  for (const [url, target] of cases) {
    it(`reads ${url}`, () => expect(parseRedisUrl(url)).to.deep.equal(target));
  }

  for (const url of ['', 'http://secret', 'redis://', 'redis://a:secret:b', 'redis://secret:port']) {
    it(`refuses ${url || 'nothing'} without repeating it`, () => {
      expect(() => parseRedisUrl(url))
        .to.throw(TypeError)
        .with.property('message')
        .that.does.not.include('secret');
    });
  }
});

describe('redactRedisUrl', () => {
  for (const [url, shown] of [
    ['redis://me:p@ss/word@host:1', 'redis://***@host:1'],
    ['redis://host:1', 'redis://host:1'],
    ['unix:///run/redis.sock', 'unix:///run/redis.sock'],
  ] as const) {
    it(`shows ${url} as ${shown}`, () => expect(redactRedisUrl(url)).to.equal(shown));
  }
});
