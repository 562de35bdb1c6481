import { expect } from 'chai';
import fc from 'fast-check';
import { lineOfPath } from '#simulator/input/locate-json.js';

describe('lineOfPath', () => {
  const text = '{\n  "a": [\n    1,\n    { "b\\"": "]}",\n      "c": [] }\n  ],\n  "d": true\n}';
  for (const [path, line] of [
    [[], 1],
    [['a'], 2],
    [['a', 0], 3],
    [['a', 1], 4],
    [['a', 1, 'b"'], 4],
    [['a', 1, 'c'], 5],
    [['d'], 7],
    [['a', 9, 'x'], 2],
    [['missing'], 1],
  ] as const) {
    it(`finds ${JSON.stringify(path)} on line ${line}`, () => expect(lineOfPath(text, path)).to.equal(line));
  }

  it('finds every value of any JSON where the printer put it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 6 }), (value) => {
        const printed = JSON.stringify(value, undefined, 2);
        const lines = printed.split('\n');
        for (const key of Object.keys(JSON.parse(printed) as object)) {
          const line = lines[lineOfPath(printed, [key]) - 1] ?? '';
          expect(line.startsWith(`  ${JSON.stringify(key)}:`)).to.equal(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
