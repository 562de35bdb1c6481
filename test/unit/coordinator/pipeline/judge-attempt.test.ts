import { AppError, type ErrorCode } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { AttemptResult } from '#coordinator/forwarding/forward-attempt.js';
import { verdictOf } from '#coordinator/pipeline/judge-attempt.js';

const head = { status: 500, rawHeaders: [] };

function failed(code: ErrorCode, reached: boolean, body?: string): AttemptResult {
  const error = new AppError(code);
  return { kind: 'failed', reached, error, ...(body === undefined ? {} : { answer: { head, body: Buffer.from(body) } }) };
}

describe('verdictOf', () => {
  const cases: readonly [string, AttemptResult, string][] = [
    ['an answer', { kind: 'answered', head, tail: '', figures: {} }, 'served'],
    ['an answer that broke off', { kind: 'broken', head, tail: '', figures: {} }, 'agent-failed'],
    ['a full gate', { kind: 'busy' }, 'nothing'],
    ['a client that left', { kind: 'client-left' }, 'nothing'],
    ['a refused connection', failed('AGENT_UNREACHABLE', false), 'unreachable'],
    ['a connection that broke', failed('AGENT_FAILED', true), 'agent-failed'],
    ['a missed deadline', failed('FIRST_BYTE_TIMEOUT', true), 'model-failed'],
    ['any other error of Ollama', failed('AGENT_FAILED', true, '{"error":"an error was encountered"}'), 'model-failed'],
  ];
  for (const [name, result, verdict] of cases) {
    it(`takes ${name} for ${verdict}`, () => expect(verdictOf(result)).to.equal(verdict));
  }

  for (const sentence of [
    'model requires more system memory (20.1 GiB) than is available (7.4 GiB)',
    'llama runner process has terminated: cudaMalloc failed: out of memory',
    'llama runner process has terminated: exit status 2',
    'timed out waiting for llama runner to start: context canceled',
  ]) {
    it(`takes "${sentence.slice(0, 40)}…" for a model that cannot be loaded`, () => {
      expect(verdictOf(failed('AGENT_FAILED', true, JSON.stringify({ error: sentence })))).to.equal('load-failed');
    });
  }
});
