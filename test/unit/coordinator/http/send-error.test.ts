import type { ServerResponse } from 'node:http';
import { type ApiShape, AppError, ERRORS, type ErrorCode } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { errorRecord, sendError, toAppError } from '#coordinator/http/send-error.js';

function sent(error: AppError, shape: ApiShape) {
  const answer = { status: 0, headers: {} as Record<string, unknown>, body: '' };
  const res = {
    writeHead: (status: number, headers: Record<string, unknown>) => Object.assign(answer, { status, headers }),
    end: (body: string) => Object.assign(answer, { body }),
  };
  sendError(res as unknown as ServerResponse, error, shape, 'r1');
  return answer;
}

describe('sendError', () => {
  const busy = new AppError('QUEUE_FULL', { details: { waiting: 9 }, retryAfterS: 2.1 });
  const shapes: readonly [ApiShape, object][] = [
    ['ollama', { error: busy.message }],
    ['openai', { error: { message: busy.message, type: 'api_error', param: null, code: 'queue_full' } }],
    ['anthropic', { type: 'error', error: { type: 'overloaded_error', message: busy.message }, request_id: 'req_r1' }],
  ];
  for (const [shape, body] of shapes) {
    it(`answers in the shape of ${shape}`, () => {
      const answer = sent(busy, shape);
      expect(JSON.parse(answer.body)).to.deep.equal(body);
      expect(answer).to.include({ status: 503 });
      expect(answer.headers).to.include({ 'retry-after': 3, 'x-coordinator-request-id': 'r1' });
    });
  }

  it('answers an unknown model to OpenAI clients as Ollama does, without a code', () => {
    const error = new AppError('UNKNOWN_MODEL', { details: { sentence: "model 'x' not found" } });
    expect(JSON.parse(sent(error, 'openai').body)).to.deep.equal({
      error: { message: "model 'x' not found", type: 'not_found_error', param: null, code: null },
    });
  });

  it('says nothing of what failed inside', () => {
    const answer = sent(toAppError(new Error('secret at /etc/passwd'), 'r1'), 'ollama');
    expect(answer.status).to.equal(500);
    expect(answer.body).to.include('r1');
    expect(answer.body).to.not.include('secret');
  });

  it('has a whole sentence for every code when its details are given', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const names = [...ERRORS[code].message.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '');
      const { message } = new AppError(code, { details: Object.fromEntries(names.map((name) => [name, 'x'])) });
      expect(message, code).to.not.match(/\{\w+\}/);
    }
  });
});

describe('errorRecord', () => {
  const error = new AppError('STREAM_BROKEN', { details: { agent: 'a' } });
  it('is one NDJSON line for Ollama', () => {
    expect(errorRecord(error, 'ollama', 'r1')).to.equal(`${JSON.stringify({ error: error.message })}\n`);
  });
  it('is one event for OpenAI and Anthropic', () => {
    expect(errorRecord(error, 'openai', 'r1')).to.match(/^data: \{"error":\{.*\}\}\n\n$/);
    expect(errorRecord(error, 'anthropic', 'r1')).to.match(/^event: error\ndata: \{"type":"error",.*\}\n\n$/);
  });
});
