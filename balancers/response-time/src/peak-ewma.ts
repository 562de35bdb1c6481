/** A moving mean that jumps to a peak at once and forgets it slowly. `valueS` held at `atMs`, on the monotonic clock. */
export interface PeakEwma {
  readonly valueS: number;
  readonly atMs: number;
}

/** Takes in a sample: a higher one replaces the mean, a lower one pulls it down the more the longer ago the last sample was. Pure. */
export function observePeak(before: PeakEwma | undefined, sampleS: number, atMs: number, decayS: number): PeakEwma {
  if (before === undefined || sampleS >= before.valueS) return { valueS: sampleS, atMs };
  const kept = keptAfter(atMs - before.atMs, decayS);
  return { valueS: before.valueS * kept + sampleS * (1 - kept), atMs };
}

/** The mean at a later time: without samples it falls towards zero, so that a slow agent is tried again. Pure. */
export function readPeak({ valueS, atMs }: PeakEwma, nowMs: number, decayS: number): number {
  return valueS * keptAfter(nowMs - atMs, decayS);
}

/** e^(−t ÷ decay). */
function keptAfter(elapsedMs: number, decayS: number): number {
  return Math.exp(-Math.max(0, elapsedMs) / (1000 * decayS));
}
