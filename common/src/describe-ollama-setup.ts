import { formatBytes } from './format-bytes.js';
import type { OllamaSetup } from './protocol/ollama-setup.js';
import { timeLeft } from './time/time-left.js';

const STEPS: Readonly<Record<OllamaSetup['step'], string>> = {
  looking: 'looks for Ollama',
  downloading: 'downloads Ollama',
  verifying: 'verifies what was downloaded',
  unpacking: 'unpacks Ollama',
  starting: 'starts Ollama',
  pulling: 'pulls a first model',
  failed: 'has no Ollama',
};

/** As `downloads Ollama: 34 %, 537 MB of 1.6 GB, 25 MB/s, 42 s left`, or with what went wrong. Pure. */
export function describeOllamaSetup({
  step,
  done_bytes: done,
  total_bytes: total,
  bytes_per_s: speed,
  eta_s: etaS,
  problem,
}: OllamaSetup): string {
  if (problem !== undefined) return `${STEPS[step]}: ${problem}`;
  const figures = [
    ...(done === undefined || !total ? [] : [`${Math.floor((100 * done) / total)} %`, `${formatBytes(done)} of ${formatBytes(total)}`]),
    ...(speed ? [`${formatBytes(speed)}/s`] : []),
    ...(etaS === undefined ? [] : [timeLeft(etaS)]),
  ];
  return figures.length === 0 ? STEPS[step] : `${STEPS[step]}: ${figures.join(', ')}`;
}
