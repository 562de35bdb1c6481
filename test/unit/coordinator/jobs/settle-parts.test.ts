import { AppError, type JobPart } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { settleParts } from '#coordinator/jobs/settle-parts.js';

const request = { kind: 'pull', model: 'm', source: 'auto', insecure: false } as const;
const done = (agent: string): JobPart => ({ agent_id: agent, agent, state: 'completed', completed: [] });
const failed = (agent: string, error: string, retryable = false): JobPart => ({ ...done(agent), state: 'failed', error, retryable });

describe('settleParts', () => {
  it('is content when all parts are complete', () => {
    expect(() => settleParts(request, [done('one'), done('two')])).to.not.throw();
  });

  for (const { name, parts, code, says } of [
    { name: 'one agent, in its own words', parts: [failed('one', 'no space left')], code: 'JOB_REFUSED', says: 'no space left' },
    { name: 'all alike, in those words', parts: [failed('one', 'x'), failed('two', 'x', true)], code: 'JOB_FAILED', says: 'x' },
    {
      name: 'some, by name',
      parts: [done('one'), failed('two', 'no space left'), done('three')],
      code: 'JOB_REFUSED',
      says: '"m" failed on 1 of 3 agents (two: no space left); it is on one, three',
    },
    {
      name: 'all, each in its own way',
      parts: [failed('one', 'x'), failed('two', 'y', true)],
      code: 'JOB_FAILED',
      says: '"m" failed on 2 of 2 agents (one: x; two: y)',
    },
  ]) {
    it(`reports ${name}`, () => {
      const settle = () => settleParts(request, parts);
      expect(settle).to.throw(AppError, says).with.property('code', code);
    });
  }
});
