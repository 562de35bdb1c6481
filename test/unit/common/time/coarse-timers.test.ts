import { createCoarseTimers } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';
import { createManualClock } from '../../../support/manual-clock.js';

describe('createCoarseTimers', () => {
  it('runs each timeout that was not cancelled once, not too early and at most a quarter of a second late', () => {
    const plan = fc.record({ atMs: fc.nat(5000), delayMs: fc.nat(70_000), cancelAfterMs: fc.option(fc.nat(80_000)) });
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 30 }), (plans) => {
        const clock = createManualClock();
        const timers = createCoarseTimers(clock);
        const ranMs = plans.map(() => [] as number[]);
        plans.forEach(({ atMs, delayMs, cancelAfterMs }, index) => {
          clock.setTimeout(() => {
            const timer = timers.setTimeout(() => ranMs[index]?.push(clock.monotonic()), delayMs);
            if (cancelAfterMs !== null) clock.setTimeout(() => timer.cancel(), cancelAfterMs);
          }, atMs);
        });
        clock.advance(100_000);
        plans.forEach(({ atMs, delayMs, cancelAfterMs }, index) => {
          const [ran, again] = ranMs[index] ?? [];
          expect(again).to.equal(undefined);
          if (ran !== undefined) expect(ran - atMs).to.be.within(delayMs, delayMs + 500);
          if (cancelAfterMs !== null && cancelAfterMs < delayMs) expect(ran).to.equal(undefined);
          if (cancelAfterMs === null) expect(ran).to.be.a('number');
        });
      }),
    );
  });

  it('keeps short times exactly', () => {
    const clock = createManualClock();
    let ranMs: number | undefined;
    createCoarseTimers(clock).setTimeout(() => {
      ranMs = clock.monotonic();
    }, 130);
    clock.advance(1000);
    expect(ranMs).to.equal(130);
  });

  it('rests while there is nothing to wait for', () => {
    const clock = createManualClock();
    let set = 0;
    const timers = createCoarseTimers({
      ...clock,
      setTimeout: (run, delayMs) => {
        set += 1;
        return clock.setTimeout(run, delayMs);
      },
    });
    timers.setTimeout(() => {}, 60_000).cancel();
    clock.advance(60_000);
    expect(set).to.equal(1);
  });

  it('lets a timeout cancel another one that is due in the same step, and set a further one', () => {
    const clock = createManualClock();
    const timers = createCoarseTimers(clock);
    const ran: string[] = [];
    const first = timers.setTimeout(() => ran.push('first'), 3000);
    timers.setTimeout(() => {
      first.cancel();
      timers.setTimeout(() => ran.push('third'), 3000);
    }, 3000);
    clock.advance(10_000);
    expect(ran).to.deep.equal(['third']);
  });
});
