import { formatBytes, timeLeft } from '@ollama-coordinator/common';
import type { DownloadProgress } from './ollama/install/download-progress.js';
import type { SetupPhase, SetupState } from './ollama/run/setup-state.js';

const WORDS: Readonly<Record<SetupPhase, string | undefined>> = {
  looking: undefined,
  downloading: 'downloading Ollama',
  verifying: 'verifying what was downloaded',
  unpacking: 'unpacking Ollama',
  starting: 'starting Ollama',
  pulling: 'pulling a first model',
  ready: undefined,
  failed: undefined,
};
const BAR_WIDTH = 24;
/** Where nobody watches a bar move, a line each so many percent says enough. */
const LINE_EVERY_PERCENT = 10;

/** Tells the person at the terminal how the set-up of Ollama goes: a bar that moves, or lines where the output is no terminal. */
export function drawSetup(
  output: { isTTY?: boolean; write(text: string): unknown },
  say: (line: string) => void,
): (state: SetupState) => void {
  let phase: SetupPhase | undefined;
  let problem: string | undefined;
  let toldPercent = 0;
  return (state) => {
    if (state.phase !== phase) {
      phase = state.phase;
      toldPercent = 0;
      const words = WORDS[phase];
      if (words !== undefined) say(words);
    }
    if (state.problem !== undefined && state.problem.message !== problem) {
      problem = state.problem.message;
      say(problem);
    }
    if (phase === 'ready' && state.problem === undefined) problem = undefined;
    if (state.progress === undefined) return;
    const percent = state.progress.percent ?? 0;
    if (output.isTTY) output.write(`\r${describeProgress(state.progress)}\u001b[K${percent === 100 ? '\n' : ''}`);
    else if (percent >= toldPercent + LINE_EVERY_PERCENT) {
      toldPercent = percent - (percent % LINE_EVERY_PERCENT);
      say(describeProgress(state.progress));
    }
  };
}

/** As `Ollama 0.13.3 [########----------------]  34 %  537 MB of 1.6 GB, 25 MB/s, 42 s left`. Pure. */
export function describeProgress({ what, doneBytes, totalBytes, percent, bytesPerS, etaS }: DownloadProgress): string {
  const speed = bytesPerS > 0 ? `, ${formatBytes(bytesPerS)}/s` : '';
  if (percent === undefined || totalBytes === undefined) return `${what} ${formatBytes(doneBytes)}${speed}`;
  const filled = Math.round((percent / 100) * BAR_WIDTH);
  const bar = '#'.repeat(filled).padEnd(BAR_WIDTH, '-');
  const left = etaS === undefined || percent === 100 ? '' : `, ${timeLeft(etaS)}`;
  return `${what} [${bar}] ${Math.floor(percent).toString().padStart(3)} %  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}${speed}${left}`;
}
