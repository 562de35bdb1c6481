import { seededRandom } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { firstEndMs, timeLeftMs } from '#coordinator/balancing/time-left.js';

const SPREAD = 0.8;
const MEAN = 1000;

/** Durations with that mean and spread. */
function draw(count: number): readonly number[] {
  const random = seededRandom(3);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => MEAN * Math.exp(SPREAD * gaussian() - SPREAD ** 2 / 2));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('timeLeftMs', () => {
  it('is what is left of a time that is known, and a share of what it is overdue by', () => {
    expect(timeLeftMs({ meanMs: MEAN, spread: 0 }, 300)).to.equal(700);
    expect(timeLeftMs({ meanMs: MEAN, spread: 0 }, 2000)).to.equal(500);
  });

  const durations = draw(100_000);
  for (const elapsedMs of [100, 500, 1000, 2000, 4000]) {
    it(`is what is left of those that go on after ${elapsedMs} ms, where it is not known`, () => {
      const left = durations.filter((duration) => duration > elapsedMs).map((duration) => duration - elapsedMs);
      const expected = timeLeftMs({ meanMs: MEAN, spread: SPREAD }, elapsedMs);
      expect(expected / mean(left)).to.be.within(0.9, 1.1);
    });
  }

  it('stays a number, and grows with the time that it takes already', () => {
    let before = 0;
    for (const elapsedMs of [1e4, 1e5, 1e7, 1e10]) {
      const left = timeLeftMs({ meanMs: MEAN, spread: 0.3 }, elapsedMs);
      expect(left).to.be.greaterThan(before).and.below(elapsedMs);
      before = left;
    }
  });
});

describe('firstEndMs', () => {
  it('is the least where all are known', () => {
    expect(firstEndMs([500, 300, 900], 0)).to.equal(300);
  });

  it('comes sooner the more there are, where they are not', () => {
    const durations = draw(40_000);
    const firsts = Array.from({ length: 10_000 }, (_, index) => Math.min(...durations.slice(4 * index, 4 * index + 4)));
    expect(firstEndMs([MEAN, MEAN, MEAN, MEAN], SPREAD) / mean(firsts)).to.be.within(0.65, 1.35);
    expect(firstEndMs([MEAN], SPREAD)).to.equal(MEAN);
  });
});
