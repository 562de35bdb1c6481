import { expect } from 'chai';
import fc from 'fast-check';
import { type Cell, evidence, learn } from '#coordinator/balancing/learned/cell.js';

const GAIN = 0.15;

function learnAll(values: readonly number[], from?: Cell): Cell {
  return values.reduce<Cell | undefined>((cell, value, index) => learn(cell, value, index, { gain: GAIN }), from) as Cell;
}

/** Values around `mean` that repeat themselves. */
function around(mean: number, count: number, deviation = 0.12): number[] {
  return Array.from({ length: count }, (_, index) => mean + deviation * ([1, -1, 0.5, -0.5, 0][index % 5] ?? 0));
}

describe('learn', () => {
  it('takes the first observation for the mean', () => {
    expect(learnAll([3])).to.include({ mean: 3, count: 1, surprises: 0 });
  });

  it('averages the first ones evenly', () => {
    expect(learnAll([1, 2, 3]).mean).to.be.closeTo(2, 1e-9);
  });

  it('knows how far the observations spread', () => {
    expect(Math.sqrt(learnAll(around(5, 60, 0.2)).variance)).to.be.closeTo(0.14, 0.03);
  });

  it('lets one outlier count no more than a far observation', () => {
    const settled = learnAll(around(5, 40));
    const after = learn(settled, 5 + Math.log(20), 99, { gain: GAIN });
    expect(after.mean - settled.mean).to.be.within(0, 0.08);
    expect(learnAll(around(5, 5), after).surprises).to.equal(0);
  });

  for (const factor of [3, 1 / 3, 10]) {
    it(`follows a step to ${factor.toFixed(2)} times within five observations`, () => {
      const settled = learnAll(around(5, 60));
      const stepped = learnAll(around(5 + Math.log(factor), 5), settled);
      expect(Math.exp(stepped.mean - 5) / factor).to.be.closeTo(1, 0.15);
    });
  }

  it('rests on few observations after a step', () => {
    expect(learnAll([6, 6], learnAll(around(5, 60))).count).to.be.lessThan(4);
  });

  it('stays within what it was given', () => {
    const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, (list) => {
        const { mean, variance } = learnAll(list);
        expect(mean).to.be.within(Math.min(...list) - 1e-9, Math.max(...list) + 1e-9);
        expect(variance).to.be.within(0, 1e4);
      }),
    );
  });

  it('counts a factor from none', () => {
    expect(learn(undefined, 2, 0, { gain: 0.1, startCount: 1 }).mean).to.equal(1);
  });
});

describe('evidence', () => {
  const HOUR = 3_600_000;
  it('is nothing for what was never observed', () => {
    expect(evidence(undefined, 0)).to.equal(0);
  });

  it('lets a single record fade within the hour, and a figure that was confirmed last for days', () => {
    expect(evidence({ ...learnAll([1]), atMs: 0 }, HOUR)).to.be.lessThan(0.05);
    expect(evidence({ ...learnAll(around(1, 20)), atMs: 0 }, 8 * HOUR)).to.be.greaterThan(2);
  });
});
