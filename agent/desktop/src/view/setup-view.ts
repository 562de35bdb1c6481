import type { DownloadProgress, SetupPhase } from '@ollama-coordinator/agent';
import { formatBytes, roughTime } from '@ollama-coordinator/common';
import { type Language, t, type Words } from '../words/words.js';
import type { AgentFacts } from './tray-state.js';

/** How Ollama comes to this machine, or a first model to Ollama. */
export interface SetupView {
  readonly phase: SetupPhase;
  /** What is done at this moment, in the language of the view. */
  readonly step: string;
  /** As `llama3.2:3b: 34 %, 680 MB of 2.0 GB, 25 MB/s, 42 s left`, as much of it as is known; undefined where nothing comes. */
  readonly figures: string | undefined;
  /** 0 to 100; undefined where it cannot be told. */
  readonly percent: number | undefined;
  /** Why the last try failed, and what helps. */
  readonly problem: string | undefined;
}

const STEPS: Readonly<Record<SetupPhase, Words>> = {
  looking: 'Looking for Ollama',
  downloading: 'Downloading Ollama',
  verifying: 'Verifying what was downloaded',
  unpacking: 'Unpacking Ollama',
  starting: 'Starting Ollama',
  pulling: 'Pulling a first model',
  // With nothing said against it there is nothing to show.
  ready: 'No first model could be pulled',
  failed: 'Ollama could not be set up',
};

/** Undefined where nothing is brought, and nothing failed. Pure. */
export function setupView({ report, setup }: Pick<AgentFacts, 'report' | 'setup'>, language: Language): SetupView | undefined {
  if (setup === undefined) return undefined;
  const { phase, progress, problem } = setup;
  if (phase === 'ready' && problem === undefined) return undefined;
  // An Ollama that answers is looked at all the time.
  if (phase === 'looking' && report.ollama?.up !== false) return undefined;
  return {
    phase,
    step: t(language, STEPS[phase]),
    figures: progress && figuresOf(progress, language),
    percent: progress?.percent,
    problem: problem?.message,
  };
}

/** The same for a menu, which closes under the pointer where its text changes: tens of percent. Pure. */
export function setupMenuText({ step, percent }: SetupView): string {
  return percent === undefined ? step : `${step}: ${Math.floor(percent / 10) * 10} %`;
}

function figuresOf({ what, doneBytes, totalBytes, percent, bytesPerS, etaS }: DownloadProgress, language: Language): string {
  const done = formatBytes(doneBytes);
  const figures = [
    ...(percent === undefined ? [] : [`${Math.floor(percent)} %`]),
    totalBytes === undefined ? done : t(language, '{done} of {total}', { done, total: formatBytes(totalBytes) }),
    ...(bytesPerS > 0 ? [`${formatBytes(bytesPerS)}/s`] : []),
    ...(etaS === undefined || percent === 100 ? [] : [timeLeft(etaS, language)]),
  ];
  return `${what}: ${figures.join(', ')}`;
}

function timeLeft(seconds: number, language: Language): string {
  const { count, unit } = roughTime(seconds);
  return t(language, `{count} ${unit} left`, { count });
}
