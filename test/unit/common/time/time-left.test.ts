import { timeLeft } from '@ollama-coordinator/common';
import { expect } from 'chai';

describe('timeLeft', () => {
  for (const [seconds, words] of [
    [0, '0 s left'],
    [41.2, '42 s left'],
    [89, '89 s left'],
    [90, '2 min left'],
    [600, '10 min left'],
    [5399, '90 min left'],
    [5400, '1.5 h left'],
    [7200, '2.0 h left'],
  ] as const) {
    it(`says ${words} of ${seconds} seconds`, () => {
      expect(timeLeft(seconds)).to.equal(words);
    });
  }
});
