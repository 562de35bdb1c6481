import { type AgentsChoice, AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { oneChoice, parseAgentsChoice } from '#coordinator/jobs/parse-agents-choice.js';

describe('parseAgentsChoice', () => {
  for (const [choice, selector] of [
    ['all', { kind: 'all' }],
    ['3', { kind: 'count', count: 3 }],
    [2, { kind: 'count', count: 2 }],
    ['one', { kind: 'names', names: ['one'] }],
    [' one, two,one ', { kind: 'names', names: ['one', 'two'] }],
    [['all'], { kind: 'names', names: ['all'] }],
    ['gpu=4090', { kind: 'labels', labels: { gpu: '4090' } }],
    ['gpu=4090, room=lab', { kind: 'labels', labels: { gpu: '4090', room: 'lab' } }],
  ] as const) {
    it(`reads ${JSON.stringify(choice)}`, () => {
      expect(parseAgentsChoice(choice as AgentsChoice)).to.deep.equal(selector);
    });
  }

  for (const [choice, says] of [
    ['', /it names none/],
    [' , ', /it names none/],
    ['0', /a number must be from 1/],
    ['one,gpu=4090', /it mixes names and labels/],
    ['=4090', /a label needs a name/],
  ] as const) {
    it(`refuses "${choice}" with a sentence`, () => {
      expect(() => parseAgentsChoice(choice)).to.throw(AppError, says);
    });
  }
});

describe('oneChoice', () => {
  it('takes header or body, and both where they mean the same', () => {
    expect(oneChoice(undefined, undefined)).to.equal(undefined);
    expect(oneChoice('2', undefined)).to.deep.equal({ kind: 'count', count: 2 });
    expect(oneChoice('one, two', ['one', 'two'])).to.deep.equal({ kind: 'names', names: ['one', 'two'] });
  });

  it('refuses two that differ', () => {
    expect(() => oneChoice('all', 'one')).to.throw(AppError, /conflicting options/);
  });
});
