import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { RequestContext } from '#coordinator/http/request-context.js';
import { type InferenceRoute, ROUTES } from '#coordinator/http/routes.js';
import { toInferenceRequest } from '#coordinator/routing/inference-request.js';
import { readAsked } from '#coordinator/routing/read-asked.js';

function read(path: string, body: string, headers: Record<string, string> = {}) {
  const route = ROUTES.find((candidate) => candidate.path === path) as InferenceRoute;
  const context = { id: 'r1', req: { headers }, caller: { id: 'me', scopes: new Set() } } as unknown as RequestContext;
  return toInferenceRequest(context, route, readAsked(context, route, Buffer.from(body)));
}

describe('toInferenceRequest', () => {
  it('normalises the model and keeps the name as it was sent', () => {
    const request = read('/api/chat', '{"model":"Llama3"}');
    expect(request.model).to.equal('Llama3');
    expect(request.facts.model).to.equal('llama3:latest');
  });

  it('names the runner by model and load options', () => {
    expect(read('/api/generate', '{"model":"m:7b","options":{"num_ctx":8192,"temperature":0}}').facts.signature).to.equal(
      'm:7b;num_ctx=8192',
    );
  });

  const streams: readonly [string, string, boolean][] = [
    ['/api/chat', '{"model":"m"}', true],
    ['/api/chat', '{"model":"m","stream":false}', false],
    ['/v1/chat/completions', '{"model":"m","messages":[1]}', false],
    ['/v1/chat/completions', '{"model":"m","messages":[1],"stream":true}', true],
    ['/api/embed', '{"model":"m"}', false],
  ];
  for (const [path, body, stream] of streams) {
    it(`${stream ? 'streams' : 'does not stream'} ${path} ${body}`, () => {
      expect(read(path, body).stream).to.equal(stream);
    });
  }

  it('takes pin, session and priority from the headers', () => {
    const { pin, facts } = read('/api/chat', '{"model":"m"}', {
      'x-coordinator-pin': 'room=lab',
      'x-coordinator-session': 's1',
      'x-coordinator-priority': 'batch',
    });
    expect({ pin, session: facts.session, priority: facts.priority }).to.deep.equal({ pin: 'room=lab', session: 's1', priority: 'batch' });
  });

  it('takes the last of a field that comes twice, as Ollama does', () => {
    expect(read('/api/chat', '{"model":"a","model":"b"}').model).to.equal('b');
  });

  it('ignores what follows the body, as Ollama does', () => {
    expect(read('/api/chat', '{"model":"m"} and more').model).to.equal('m');
  });

  const refusals: readonly [string, string, number, string][] = [
    ['/api/chat', '', 400, 'missing request body'],
    ['/v1/chat/completions', '', 400, 'EOF'],
    ['/api/chat', '{bad', 400, "invalid character 'b' looking for beginning of object key string"],
    ['/api/chat', '{}', 400, 'model is required'],
    ['/api/generate', '{}', 404, "model '' not found"],
    ['/api/generate', '{"model":7}', 400, 'json: cannot unmarshal number into Go struct field GenerateRequest.model of type string'],
    ['/api/generate', '{"model":[]}', 400, 'json: cannot unmarshal array into Go struct field GenerateRequest.model of type string'],
    ['/api/generate', '{"model":"a b"}', 400, 'invalid model name'],
    ['/api/embed', '{"model":"a b"}', 404, 'model "a b" not found, try pulling it first'],
    ['/v1/chat/completions', '{}', 400, "[] is too short - 'messages'"],
    ['/v1/embeddings', '{"model":"m","input":""}', 400, 'invalid input'],
    ['/api/chat', '{"model":"m","options":{"num_ctx":9},"options":{}}', 400, 'the body names a field twice; name each once'],
    ['/api/chat', '[1]', 400, 'the request body must be a JSON object, like {"model": "llama3.2"}'],
  ];
  for (const [path, body, status, message] of refusals) {
    it(`refuses ${path} ${JSON.stringify(body)} with ${status} ${message}`, () => {
      expect(() => read(path, body))
        .to.throw(AppError)
        .that.includes({ status, message });
    });
  }
});
