import { expect } from 'chai';
import { median, percentile } from '../../bench/support/statistics.js';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

describe('percentile', () => {
  for (const [share, value] of [
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ] as const) {
    it(`finds ${value} at ${share} of 1 to 100, whatever their order`, () => expect(percentile(hundred, share)).to.equal(value));
  }
  it('is not a number where there are no values', () => expect(percentile([], 0.5)).to.be.NaN);
});

describe('median', () => {
  it('is the middle one', () => expect(median([3, 1, 2])).to.equal(2));
});
