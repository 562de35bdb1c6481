import type { OllamaSetup } from '@ollama-coordinator/common';
import type { SetupState } from './setup-state.js';

/** What of a set-up the coordinator is told: undefined while there is nothing to tell. Pure. */
export function reportSetup({ phase, progress, problem }: SetupState): OllamaSetup | undefined {
  if (problem === undefined && (phase === 'looking' || phase === 'ready')) return undefined;
  return {
    // A first model that could not be pulled leaves Ollama ready, and the problem to be told.
    step: phase === 'ready' ? 'pulling' : phase,
    ...(problem && { problem: oneLine(problem.message) }),
    ...(progress && {
      what: oneLine(progress.what),
      done_bytes: Math.round(progress.doneBytes),
      ...(progress.totalBytes !== undefined && { total_bytes: Math.round(progress.totalBytes) }),
      bytes_per_s: Math.round(progress.bytesPerS),
      ...(progress.etaS !== undefined && { eta_s: Math.round(progress.etaS) }),
    }),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 1000) || '?';
}
