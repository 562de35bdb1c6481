import { compilePatterns } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';

describe('compilePatterns', () => {
  const cases: readonly [pattern: string, text: string, matches: boolean][] = [
    ['llama3', 'llama3', true],
    ['llama3', 'LLAMA3', true],
    ['LLaMA3', 'llama3', true],
    ['llama3', 'llama3.1', false],
    ['llama3*', 'llama3.1:8b', true],
    ['*', '', true],
    ['*', 'anything', true],
    ['*:8b', 'llama3:8b', true],
    ['*:8b', 'llama3:8b-q4', false],
    ['a*b', 'ab', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*bc*c', 'abc', false],
    ['a.c', 'abc', false],
    ['(a', '(a', true],
    ['a**b', 'axb', true],
  ];
  for (const [pattern, text, matches] of cases) {
    it(`${pattern} ${matches ? 'means' : 'does not mean'} ${JSON.stringify(text)}`, () => {
      expect(compilePatterns([pattern])(text)).to.equal(matches);
    });
  }

  it('means nothing without patterns', () => expect(compilePatterns([])('a')).to.equal(false));

  it('means no text that is too long for a name', () => expect(compilePatterns(['*'])('a'.repeat(513))).to.equal(false));

  it('does as the regular expression of the same meaning', () => {
    const letters = fc.stringMatching(/^[ab*]{0,8}$/);
    const text = fc.stringMatching(/^[ab]{0,12}$/);
    fc.assert(
      fc.property(letters, text, (pattern, name) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
        return compilePatterns([pattern])(name) === expected;
      }),
      { numRuns: 2000 },
    );
  });
});
