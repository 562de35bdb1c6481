import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { DOWNLOAD_RETRY, retryDownload } from '#agent/ollama/install/retry-download.js';
import { createManualClock } from '../../../support/manual-clock.js';

const broken = () => new AppError('DOWNLOAD_FAILED', { details: { url: 'http://x', cause: 'cut' } });

/** Runs what is pending between two moves of the clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('retryDownload', () => {
  const run = async (attempt: (number: number) => Promise<string>, controller = new AbortController()) => {
    const clock = createManualClock();
    const delays: number[] = [];
    const outcome = retryDownload(attempt, {
      clock,
      random: () => 0,
      signal: controller.signal,
      onRetry: ({ delayMs }) => delays.push(delayMs),
    }).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    for (let step = 0; step < DOWNLOAD_RETRY.tries; step += 1) {
      await settle();
      clock.advance(60_000);
    }
    return { delays, outcome: await outcome };
  };

  it('waits 1, 2, 4 and 8 s between five tries, and throws what the last one threw', async () => {
    let tries = 0;
    const { delays, outcome } = await run(async () => {
      tries += 1;
      throw broken();
    });
    expect([tries, delays]).to.deep.equal([5, [1000, 2000, 4000, 8000]]);
    expect(outcome).to.have.nested.property('error.code', 'DOWNLOAD_FAILED');
  });

  it('stops at the first success', async () => {
    const { delays, outcome } = await run(async (number) => {
      if (number < 3) throw broken();
      return `try ${number}`;
    });
    expect(outcome).to.deep.equal({ value: 'try 3' });
    expect(delays).to.have.lengthOf(2);
  });

  it('does not try again what another try does not help', async () => {
    const { delays, outcome } = await run(async () => {
      throw new AppError('PROXY_NEEDS_LOGIN', { details: { proxy: 'http://p' } });
    });
    expect(delays).to.deep.equal([]);
    expect(outcome).to.have.nested.property('error.code', 'PROXY_NEEDS_LOGIN');
  });

  it('ends its wait when it is told to stop', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { outcome } = await run(async () => {
      setImmediate(() => controller.abort(reason));
      throw broken();
    }, controller);
    expect(outcome).to.satisfy((end: { error?: unknown }) => end.error === reason || end.error instanceof AppError);
  });
});
