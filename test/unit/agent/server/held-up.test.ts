import { expect } from 'chai';
import { HeldUp } from '#agent/server/held-up.js';
import { createManualClock } from '../../../support/manual-clock.js';

/** A clock that jumps without running timers, as it does for a stopped process. */
function createStoppableClock() {
  const clock = createManualClock();
  let skippedMs = 0;
  return {
    ...clock,
    monotonic: () => clock.monotonic() + skippedMs,
    skip: (ms: number) => {
      skippedMs += ms;
    },
  };
}

describe('HeldUp', () => {
  it('lets requests through at once while the process runs', () => {
    const clock = createStoppableClock();
    const heldUp = new HeldUp({ clock });
    heldUp.start();
    for (let ms = 0; ms < 5000; ms += 100) {
      expect(heldUp.caughtUp()).to.equal(undefined);
      clock.advance(100);
    }
  });

  for (const [name, wake] of [
    ['asked before its timer runs', () => undefined],
    ['asked after its timer ran', (clock: ReturnType<typeof createStoppableClock>) => clock.advance(500)],
  ] as const) {
    it(`holds requests back after a standstill, ${name}`, async () => {
      const clock = createStoppableClock();
      const heldUp = new HeldUp({ clock });
      heldUp.start();
      clock.skip(3000);
      wake(clock);
      const waiting = heldUp.caughtUp();
      expect(waiting).to.be.instanceOf(Promise);
      clock.advance(100);
      await waiting;
      clock.advance(500);
      expect(heldUp.caughtUp()).to.equal(undefined);
    });
  }
});
