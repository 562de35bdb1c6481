import type { Clock, Logger, Random } from '@ollama-coordinator/common';
import { createBusyPool } from '../../http/request-json.js';
import { createProgressMeter, type OnProgress } from '../install/download-progress.js';
import { retryDownload } from '../install/retry-download.js';
import { pullModel } from '../pull-model.js';

export interface PullDefaultModelOptions {
  readonly model: string;
  readonly ollamaUrl: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Has Ollama pull a model, with the retries and the progress of every download. Throws what pullModel() throws the last time. */
export async function pullDefaultModel({
  model,
  ollamaUrl,
  clock,
  random,
  log,
  signal,
  onProgress,
}: PullDefaultModelOptions): Promise<void> {
  const pool = createBusyPool(ollamaUrl, 1, clock);
  log.info({ model }, 'Ollama has no model: pulling one');
  const onRetry = ({ attempt, tries, delayMs, error }: { attempt: number; tries: number; delayMs: number; error: Error }) =>
    log.warn({ model, attempt, tries, retry_ms: Math.round(delayMs) }, `${error.message}; it is tried again`);
  try {
    await retryDownload(() => pullOnce({ model, ollamaUrl, clock, signal, onProgress, pool }), { clock, random, signal, onRetry });
    log.info({ model }, 'the model is there');
  } finally {
    pool.destroy();
  }
}

/** The layers count as one: each tells its own size when it begins. */
function pullOnce({
  pool,
  onProgress,
  ...options
}: Pick<PullDefaultModelOptions, 'model' | 'ollamaUrl' | 'clock' | 'signal' | 'onProgress'> & {
  pool: Parameters<typeof pullModel>[0]['pool'];
}) {
  const meter = createProgressMeter({ what: options.model, clock: options.clock, onProgress });
  const layers = new Map<string, { total: number; completed: number }>();
  const sum = (pick: 'total' | 'completed') => [...layers.values()].reduce((bytes, layer) => bytes + layer[pick], 0);
  return pullModel({
    ...options,
    pool,
    insecure: isInsecure(options.model),
    onProgress: (progress) => {
      if (progress.type !== 'layer') return;
      const before = sum('completed');
      const isNext = !layers.has(progress.digest);
      layers.set(progress.digest, progress);
      if (isNext) meter.begin(before, sum('total'));
      meter.add(sum('completed') - before);
      if (progress.completed === progress.total) meter.end();
    },
  });
}

/** A registry on this machine speaks plain HTTP. */
function isInsecure(model: string): boolean {
  return /^(https?:\/\/)?(127\.0\.0\.1|localhost)[:/]/.test(model);
}
