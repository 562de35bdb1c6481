import { expect } from 'chai';
import fc from 'fast-check';
import { jsonErrorAt } from '#simulator/input/json-error.js';

describe('jsonErrorAt', () => {
  it('finds nothing wrong with JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(jsonErrorAt(` ${text}\n`)).to.equal(undefined)));
  });

  it('agrees with JSON.parse on what is JSON', () => {
    const nearly = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', 'x')).map(([text, at, put]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + put + text.slice(cut + 1);
    });
    fc.assert(
      fc.property(nearly, (text) => void expect(jsonErrorAt(text) === undefined).to.equal(isJson(text))),
      { numRuns: 2000 },
    );
  });

  for (const [text, at] of [
    ['', 0],
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{a: 1}', 1],
    ['[01]', 2],
    ['"open', 0],
    ['[1]]', 3],
  ] as const) {
    it(`says ${at} of ${text}`, () => expect(jsonErrorAt(text)).to.equal(at));
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
