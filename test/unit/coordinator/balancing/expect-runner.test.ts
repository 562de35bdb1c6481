import { expect } from 'chai';
import { expectRunner, type RunnerLoad } from '#coordinator/balancing/expect-runner.js';
import type { RunningAttempt } from '#coordinator/balancing/running-attempts.js';

/** Began at `beganMs`, and takes 2 s of load, 1 s of prefill and 4 s of decoding. */
function attempt(beganMs: number, firstByteMs?: number): RunningAttempt {
  const expected = { loadS: 2, prefillS: 1, overheadS: 0, decodeS: 4, decodeSpread: 0, warmTokens: 0 };
  return { agent: 'a', signature: 'm', beganMs, expected, firstByteMs };
}

function load(over: Partial<RunnerLoad>): RunnerLoad {
  return { slots: 2, state: 'ready', ours: [], others: 0, meanServiceS: () => 6, loadS: () => 8, ...over };
}

const NOW = 10_000;

describe('expectRunner', () => {
  it('expects nothing of an idle runner', () => {
    expect(expectRunner(load({}), NOW)).to.deep.equal({ readyAtMs: undefined, busyUntilMs: undefined, idleAtMs: undefined });
  });

  it('has a slot free when the first of its requests ends, and nothing to do when the last does', () => {
    const ours = [attempt(9000), attempt(7500)];
    expect(expectRunner(load({ ours }), NOW)).to.include({ busyUntilMs: 14_500, idleAtMs: 16_000 });
  });

  it('has a slot free now while not all are taken', () => {
    expect(expectRunner(load({ ours: [attempt(9000)] }), NOW)).to.include({ busyUntilMs: undefined, idleAtMs: 16_000 });
  });

  it('knows better from the first byte on', () => {
    expect(expectRunner(load({ ours: [attempt(9000, 9500), attempt(9000, 9900)] }), NOW).busyUntilMs).to.equal(13_500);
  });

  it('expects what takes longer than expected to take longer still', () => {
    expect(expectRunner(load({ slots: 1, ours: [attempt(0, 2000)] }), NOW).busyUntilMs).to.equal(12_000);
  });

  it('spreads what others sent over their mean time', () => {
    expect(expectRunner(load({ others: 2 }), NOW)).to.include({ busyUntilMs: 12_000, idleAtMs: 14_000 });
  });

  it('is loaded when the request that began the load said, or half a load from now', () => {
    expect(expectRunner(load({ state: 'loading', ours: [attempt(9500)] }), NOW).readyAtMs).to.equal(11_500);
    expect(expectRunner(load({ state: 'loading', others: 1 }), NOW)).to.include({ readyAtMs: 14_000, idleAtMs: 17_000 });
  });
});
