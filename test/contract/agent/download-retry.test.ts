import { AppError, backoffDelayMs } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { DOWNLOAD_RETRY, type DownloadRetry, retryDownload } from '#agent/ollama/install/retry-download.js';
import { createManualClock } from '../../support/manual-clock.js';

describe('what a retry of a download tells of itself', () => {
  it('names the try that failed, how many there are, the wait, and why', async () => {
    const clock = createManualClock();
    const told: DownloadRetry[] = [];
    const error = new AppError('DOWNLOAD_FAILED', { details: { url: 'http://x', cause: 'cut' } });
    const outcome = retryDownload(
      async (number) => {
        if (number === 1) throw error;
        return number;
      },
      { clock, random: () => 0, signal: new AbortController().signal, onRetry: (retry) => told.push(retry) },
    );
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    clock.advance(1000);
    expect(await outcome).to.equal(2);
    expect(told).to.deep.equal([{ attempt: 1, tries: 5, delayMs: 1000, error }]);
  });

  it('waits from a second to a minute, a fifth of it by chance (FR-016e)', () => {
    const delays = (random: number) => [1, 2, 3, 4, 5, 6, 7, 20].map((attempt) => backoffDelayMs(attempt, DOWNLOAD_RETRY, () => random));
    expect(delays(0)).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(delays(1)).to.deep.equal([800, 1600, 3200, 6400, 12_800, 25_600, 48_000, 48_000]);
  });
});
