import { expect } from 'chai';
import { lateFromMs, type RunningAttempt, slowness } from '#coordinator/balancing/running-attempts.js';

/** Expected: its first byte 4 s after it began at 10 s. */
function attempt(firstByteMs?: number): RunningAttempt {
  const expected = { loadS: 2.5, prefillS: 1, overheadS: 0.5, decodeS: 8, decodeSpread: 0, warmTokens: 0 };
  return { agent: 'a', signature: 'llama3:latest', beganMs: 10_000, expected, firstByteMs };
}

describe('a running attempt', () => {
  it('is late when its first byte takes half as long again as expected, and a second', () => {
    expect(lateFromMs(attempt())).to.equal(17_000);
    expect(lateFromMs(attempt(12_000))).to.equal(undefined);
  });

  it('was slow by how many times as long its first byte took, where that is beyond chance', () => {
    expect(slowness(attempt())).to.equal(undefined);
    expect(slowness(attempt(23_000))).to.equal(undefined);
    expect(slowness(attempt(30_000))).to.equal(5);
  });

  it('is not slow by much for a few milliseconds where next to nothing was expected', () => {
    const expected = { loadS: 0, prefillS: 0.01, overheadS: 0, decodeS: 1, decodeSpread: 0, warmTokens: 0 };
    expect(slowness({ ...attempt(12_000), expected })).to.equal(2);
  });
});
