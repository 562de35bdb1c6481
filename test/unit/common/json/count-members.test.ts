import { countMembers } from '@ollama-coordinator/common';
import { expect } from 'chai';

describe('countMembers', () => {
  const texts: readonly [string, number][] = [
    ['{"a":1}', 1],
    ['{"a":1,"a":2}', 2],
    [' {"a":{"b":1,"c":[1,2]},"d":[{"e":1,"f":2}]} ', 2],
    ['{"a":"x,\\"y\\",{z","b":"\\\\"}', 2],
    ['{"a":1} {"b":1,"c":2}', 1],
  ];
  for (const [text, count] of texts) {
    it(`is ${count} for ${text}`, () => expect(countMembers(Buffer.from(text))).to.equal(count));
  }
});
