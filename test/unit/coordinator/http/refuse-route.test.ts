import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { refuseRoute } from '#coordinator/http/refuse-route.js';

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function refuse(method: string, url: string): Answer {
  const answer: Answer = { status: 0, headers: {}, body: '' };
  const res = {
    writeHead: (status: number, headers: Record<string, unknown>) => Object.assign(answer, { status, headers }),
    end: (body = '') => Object.assign(answer, { body }),
  };
  const [path = ''] = url.split('?');
  refuseRoute({ method, url } as IncomingMessage, res as unknown as ServerResponse, path, undefined, 'id');
  return answer;
}

describe('refuseRoute', () => {
  for (const [method, url, status, location] of [
    ['GET', '/api/tags/', 301, '/api/tags'],
    ['GET', '/api/tags/?agents=1', 301, '/api/tags?agents=1'],
    ['GET', '//api//tags?agents=1&x=//y', 307, '/api/tags?agents=1&x=//y'],
    ['POST', '/api/chat/', 307, '/api/chat'],
    ['HEAD', '/api/tags/', 307, '/api/tags'],
    ['GET', '//evil.example//x', 307, '/evil.example/x'],
  ] as const)
    it(`sends ${method} ${url} to ${location}, with its query`, () => {
      expect(refuse(method, url)).to.deep.include({ status }).and.have.nested.property('headers.location', location);
    });

  it('says where to in a page for GET alone, without markup of the caller', () => {
    const { headers, body } = refuse('GET', '/api/tags/?a="><b>&c=\'d');
    expect(body).to.equal('<a href="/api/tags?a=&#34;&gt;&lt;b&gt;&amp;c=&#39;d">Moved Permanently</a>.\n\n');
    expect(headers).to.include({ 'content-type': 'text/html; charset=utf-8', 'content-length': body.length });
    expect(refuse('POST', '/api/chat/')).to.deep.equal({ status: 307, headers: { location: '/api/chat', 'content-length': 0 }, body: '' });
  });

  it('is no proxy', () => {
    for (const url of ['http://evil.example/api/tags', 'http://evil.example//x', '*']) {
      const { status, headers, body } = refuse('GET', url);
      expect({ status, body: JSON.parse(body) as unknown }).to.deep.equal({
        status: 400,
        body: { error: "the request's address must begin with /; a coordinator is no proxy" },
      });
      expect(headers).to.not.have.property('location');
    }
  });

  it('knows nothing of other paths', () => {
    expect(refuse('GET', '/nope').status).to.equal(404);
    expect(refuse('GET', '/nope/').status).to.equal(404);
  });
});
