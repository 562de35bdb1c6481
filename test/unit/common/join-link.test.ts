import { formatJoinLink, parseJoinLink } from '@ollama-coordinator/common';
import { expect } from 'chai';

const certificate = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0').toUpperCase()).join(':');

describe('a join link', () => {
  for (const link of [
    { coordinatorUrl: 'http://192.168.1.10:8080', token: 'join_abc-_' },
    { coordinatorUrl: 'https://ollama.example/coordinator', token: 'join_abc', certificate },
  ])
    it(`is read as it was written: ${link.coordinatorUrl}`, () => expect(parseJoinLink(` ${formatJoinLink(link)}\n`)).to.deep.equal(link));

  it('keeps the token behind the #, where no server sees it', () => {
    expect(new URL(formatJoinLink({ coordinatorUrl: 'http://a:1', token: 'join_x' })).pathname).to.equal('/join');
  });

  for (const text of [
    '',
    'http://a:8080',
    'http://a:8080/join',
    'http://a:8080/dashboard#token=x',
    'ftp://a/join#token=x',
    'http://a/join#token=x&certificate=12',
  ])
    it(`is not "${text}"`, () => expect(() => parseJoinLink(text)).to.throw('this is no link to join with'));
});
