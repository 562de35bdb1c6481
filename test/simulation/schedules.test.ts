import { expect } from 'chai';
import { runSchedules } from './support/run-schedules.js';

const SCHEDULES = 2000;
/** On a slow machine fewer run. */
const WITHIN_MS = 60_000;

/** Another seed each run; CI names its own, so that all of its jobs run the same. */
function baseSeed(): number {
  const named = Number(process.env.SIMULATION_SEED ?? process.env.GITHUB_RUN_ID);
  return (Number.isFinite(named) ? named * SCHEDULES : Date.now()) % 1_000_000_000;
}

describe('simulated schedules', () => {
  it('keep the invariants, whatever fails when', async function () {
    this.timeout(3 * WITHIN_MS);
    const { schedules, failed, requests, budgetsSpent } = await runSchedules({
      from: baseSeed(),
      count: SCHEDULES,
      say: console.log,
      withinMs: WITHIN_MS,
    });
    expect(failed.map(({ seed, violations }) => `${seed}: ${violations[0]}`)).to.deep.equal([]);
    expect(requests).to.be.above(0);
    // One in twelve is made for it; fewer than these say nothing.
    if (schedules >= 200) expect(budgetsSpent, 'schedules that spend a retry budget').to.be.above(0);
  });
});
