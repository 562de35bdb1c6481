import { expect } from 'chai';
import { matchRoute } from '#coordinator/http/match-route.js';

describe('matchRoute', () => {
  it('finds a fixed path', () => {
    expect(matchRoute('POST', '/api/chat')).to.have.nested.property('route.operation', 'chat');
  });

  it('finds a path with a parameter', () => {
    expect(matchRoute('GET', '/api/agents/gpu-1')).to.deep.include({ params: { id: 'gpu-1' } });
  });

  it('prefers the fixed path to the parameter', () => {
    expect(matchRoute('POST', '/api/agents/register')).to.have.nested.property('route.handler', 'register');
  });

  it('finds a model by a name with a colon, and by an encoded one', () => {
    expect(matchRoute('GET', '/v1/models/qwen3:8b')).to.deep.include({ params: { model: 'qwen3:8b' } });
    expect(matchRoute('GET', '/v1/models/a%2Fb')).to.deep.include({ params: { model: 'a%2Fb' } });
  });

  it('answers HEAD where Ollama does, and on routes of its own', () => {
    expect(matchRoute('HEAD', '/api/tags')).to.have.nested.property('route.handler', 'tags');
    expect(matchRoute('HEAD', '/api/agents')).to.have.nested.property('route.handler', 'listAgents');
    expect(matchRoute('HEAD', '/api/ps')).to.deep.equal({ allow: ['GET'] });
  });

  it('names the methods of a path that is known under others, in the order Ollama does', () => {
    expect(matchRoute('POST', '/api/tags')).to.deep.equal({ allow: ['HEAD', 'GET'] });
    expect(matchRoute('GET', '/api/generate')).to.deep.equal({ allow: ['POST'] });
    expect(matchRoute('PUT', '/api/agents/one')).to.deep.equal({ allow: ['HEAD', 'GET', 'PATCH', 'DELETE'] });
  });

  for (const path of [
    '/api/Chat',
    '/api//chat',
    '/%61pi/chat',
    '/api/chat/',
    '/api/chat;x',
    '/api/agents/a%2fb',
    '/api/agents/a/b/c',
    '/api/chat/../tags',
    'http://x/api/chat',
    '*',
  ]) {
    it(`does not take ${path} for another path`, () => {
      expect(matchRoute('POST', path)).to.equal(undefined);
    });
  }
});
