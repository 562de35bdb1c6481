import { expect } from 'chai';
import { z } from 'zod';
import { createProgressMeter, type DownloadProgress } from '#agent/ollama/install/download-progress.js';
import { createManualClock } from '../../support/manual-clock.js';

/** What terminal, tray and dashboard may rely on. */
const progressSchema = z.strictObject({
  what: z.string().min(1),
  doneBytes: z.number().int().nonnegative(),
  totalBytes: z.number().int().nonnegative().optional(),
  percent: z.number().min(0).max(100).optional(),
  bytesPerS: z.number().nonnegative(),
  etaS: z.number().nonnegative().optional(),
});

describe('what a download tells of itself', () => {
  const told: DownloadProgress[] = [];
  const clock = createManualClock();
  const meter = createProgressMeter({ what: 'Ollama 0.13.3', clock, onProgress: (progress) => told.push(progress) });
  beforeEach(() => told.splice(0));

  /** `bytes` each 100 ms, `times` over. */
  const receive = (bytes: number, times: number) => {
    for (let time = 0; time < times; time += 1) {
      clock.advance(100);
      meter.add(bytes);
    }
  };

  it('has one shape, with the total and without', () => {
    meter.begin(0, 1000);
    receive(100, 10);
    meter.end();
    meter.begin(0, undefined);
    receive(100, 10);
    meter.end();
    for (const progress of told) progressSchema.parse(progress);
    expect(told.at(-1)).to.deep.include({ doneBytes: 1000, totalBytes: undefined, percent: undefined, etaS: undefined });
  });
  it('begins with what is on disk, and ends with all of it', () => {
    meter.begin(400, 1000);
    receive(100, 6);
    meter.end();
    expect(told[0]).to.deep.equal({ what: 'Ollama 0.13.3', doneBytes: 400, totalBytes: 1000, percent: 40, bytesPerS: 0, etaS: undefined });
    expect(told.at(-1)).to.deep.include({ doneBytes: 1000, percent: 100, etaS: 0 });
  });
  it('comes at most four times a second, however small the pieces', () => {
    meter.begin(0, 1_000_000);
    receive(10, 50);
    expect(told.length).to.be.within(15, 21);
  });
  it('gives the speed of the last five seconds, and the time left at that speed', () => {
    meter.begin(0, 20_000_000);
    receive(100_000, 100);
    expect(told.at(-1)?.bytesPerS).to.equal(1_000_000);
    expect(told.at(-1)?.etaS).to.be.closeTo(10, 0.5);
    receive(10_000, 100);
    expect(told.at(-1)?.bytesPerS).to.equal(100_000);
  });
});
