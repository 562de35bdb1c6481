import { expect } from 'chai';
import type { Bank, WindowClaim, WindowGrant } from '#coordinator/admission/limits/claims.js';
import { createLocalBank } from '#coordinator/admission/limits/local-bank.js';
import { WindowMeter } from '#coordinator/admission/limits/window-meter.js';
import { createManualClock } from '../../../../support/manual-clock.js';

const MINUTE_MS = 60_000;

/** One replica with its meter, on a bank whose answers may be held back. */
function setUp(limit: number) {
  const clock = createManualClock();
  const local = createLocalBank({ clock, replicas: () => 1 });
  const claims: WindowClaim[] = [];
  const bank: Pick<Bank, 'claimWindow'> = {
    claimWindow: async (claim): Promise<WindowGrant> => {
      claims.push(claim);
      return { ...local.claimWindow(claim), isLocal: false };
    },
  };
  const meter = new WindowMeter({ name: 'w', windowMs: MINUTE_MS, bank, clock });
  meter.limit = limit;
  return { clock, meter, claims };
}

describe('WindowMeter', () => {
  it('grants exactly the limit in one window, however many ask at once', async () => {
    const { meter } = setUp(60);
    const answers = await Promise.all(Array.from({ length: 100 }, () => meter.reserve(1)));
    expect(answers.filter((retryMs) => retryMs === 0)).to.have.lengthOf(60);
  });

  it('claims once for all who ask at the same moment, and a hundredth of the limit where fewer ask', async () => {
    const { meter, claims } = setUp(10_000);
    await Promise.all(Array.from({ length: 7 }, () => meter.reserve(1)));
    for (let count = 7; count < 101; count += 1) if (!meter.reserveNow(1)) await meter.reserve(1);
    expect(claims.map(({ want }) => want)).to.deep.equal([100, 200]);
  });

  it('says how long until the first of what was used is free again', async () => {
    const { meter, clock } = setUp(3);
    for (let count = 0; count < 3; count += 1) {
      expect(await meter.reserve(1)).to.equal(0);
      meter.settle(1, 1);
      clock.advance(10_000);
    }
    const retryMs = await meter.reserve(1);
    expect(retryMs).to.be.within(29_000, 30_000);
    clock.advance(retryMs);
    expect(await meter.reserve(1)).to.equal(0);
    expect(await meter.reserve(1)).to.be.within(9000, 10_000);
  });

  it('asks no bank for a moment after a refusal', async () => {
    const { meter, claims, clock } = setUp(1);
    await meter.reserve(1);
    await meter.reserve(1);
    const asked = claims.length;
    for (let count = 0; count < 50; count += 1) expect(await meter.reserve(1)).to.be.greaterThan(0);
    expect(claims.length).to.equal(asked);
    clock.advance(101);
    await meter.reserve(1);
    expect(claims.length).to.equal(asked + 1);
  });

  it('reserves by estimate and counts what was used, however far that is from it', async () => {
    const { meter } = setUp(1000);
    expect(await meter.reserve(800)).to.equal(0);
    expect(await meter.reserve(800), 'something is left').to.equal(0);
    expect(await meter.reserve(1), 'nothing is left').to.be.greaterThan(0);
    meter.settle(800, 100);
    meter.settle(800, 100);
    expect(meter.reserveNow(750)).to.equal(true);
    meter.settle(750, 5000);
    expect(meter.reserveNow(1)).to.equal(false);
  });

  it('gives back what lies idle, and what was left of a bucket that has passed', async () => {
    const { meter, claims, clock } = setUp(1000);
    await meter.reserve(1);
    meter.settle(1, 1);
    expect(claims.at(-1)?.want).to.equal(10);
    clock.advance(1100);
    expect(meter.tick(), 'it has something to tell').to.equal(true);
    await new Promise(setImmediate);
    expect(claims.at(-1)).to.include({ want: 0, used: 1 });
    const told = [...(claims.at(-1)?.earlier ?? [])].map(([, used]) => used);
    expect(told, 'the bucket of before, with what was used of it').to.deep.equal([1]);
    clock.advance(1100);
    meter.tick();
    await new Promise(setImmediate);
    expect(claims, 'told once').to.have.lengthOf(2);
  });

  it('tells what was used of a bucket after that had passed', async () => {
    const { meter, clock } = setUp(1000);
    await meter.reserve(500);
    clock.advance(5000);
    meter.settle(500, 700);
    meter.tick();
    await new Promise(setImmediate);
    expect(await meter.reserve(1)).to.equal(0);
    meter.settle(1, 299);
    clock.advance(2000);
    expect(await meter.reserve(1)).to.equal(0);
    meter.settle(1, 1);
    clock.advance(2000);
    expect(await meter.reserve(1), '700 + 299 + 1').to.be.greaterThan(0);
  });

  it('may be forgotten once nothing is in use and its bucket has passed', async () => {
    const { meter, clock } = setUp(10);
    await meter.reserve(1);
    expect(meter.tick()).to.equal(true);
    meter.settle(1, 1);
    expect(meter.tick(), 'the bucket is not over').to.equal(true);
    clock.advance(5000);
    expect(meter.tick()).to.equal(false);
  });
});
