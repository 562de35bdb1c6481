import { expect } from 'chai';
import { createCellStore } from '#coordinator/balancing/learned/cells.js';
import { learnFactors, readFactors } from '#coordinator/balancing/learned/speed-factors.js';

const MINUTE_MS = 60_000;

describe('learnFactors', () => {
  const factor = (cells: ReturnType<typeof createCellStore>, agent: string, model: string, nowMs = 0) =>
    Math.exp(readFactors(cells, 'decode', { agent, model }, nowMs));

  it('says much of all agents after one measurement, and most of the one that was measured', () => {
    const cells = createCellStore();
    learnFactors(cells, 'decode', { agent: 'a', model: 'm' }, Math.log(4), 0, 1);
    expect(factor(cells, 'a', 'm')).to.be.within(3.3, 4);
    expect(factor(cells, 'b', 'm')).to.be.within(2.2, 3.3);
    expect(factor(cells, 'b', 'n')).to.be.within(1.6, 2.4);
  });

  it('tells what is due to the agent, to the model and to the guess in general', () => {
    const cells = createCellStore();
    const truth: Record<string, number> = { a: 2, b: 0.5, c: 1, m: 3, n: 1 };
    for (let round = 0; round < 30; round += 1) {
      // Never measured: c with n.
      for (const [agent, model] of ['am', 'an', 'bm', 'bn', 'cm'].map((pair) => [...pair] as [string, string])) {
        learnFactors(cells, 'decode', { agent, model }, Math.log(0.4 * (truth[agent] ?? 1) * (truth[model] ?? 1)), 0, 1);
      }
    }
    expect(factor(cells, 'c', 'n')).to.be.within(0.3, 0.55);
    expect(factor(cells, 'a', 'm')).to.be.within(2, 2.8);
  });

  it('bounds what one absurd measurement says', () => {
    const cells = createCellStore();
    learnFactors(cells, 'decode', { agent: 'a', model: 'm' }, 30, 0, 1);
    expect(factor(cells, 'a', 'm')).to.be.below(21);
  });

  it('is forgotten in time, the sooner the less it rests on', () => {
    const cells = createCellStore();
    learnFactors(cells, 'decode', { agent: 'a', model: 'm' }, 1, 0, 1);
    expect(factor(cells, 'a', 'm', 10 * MINUTE_MS)).to.be.within(1.4, 1.7);
    for (let round = 0; round < 10; round += 1) learnFactors(cells, 'decode', { agent: 'a', model: 'm' }, 1, 0, 1);
    expect(factor(cells, 'a', 'm', 10 * MINUTE_MS)).to.be.within(2.5, 2.8);
  });
});
