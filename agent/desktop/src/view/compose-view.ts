import type { LoadedSettings } from '../agent/settings-file.js';
import { typedFrom } from '../agent/settings-file.js';
import type { UpdateState } from '../auto-update.js';
import type { Language } from '../words/words.js';
import type { DesktopView, NotedProblem } from './desktop-view.js';
import { setupView } from './setup-view.js';
import { stateLine } from './state-line.js';
import { type AgentFacts, isUnderWay, trayState } from './tray-state.js';

export interface ViewParts {
  readonly language: Language;
  readonly version: string;
  readonly facts: AgentFacts;
  readonly settings: LoadedSettings;
  readonly startAtLogin: boolean | undefined;
  readonly update: UpdateState;
  readonly problems: readonly NotedProblem[];
}

/** Pure. */
export function composeView({ language, version, facts, settings, startAtLogin, update, problems }: ViewParts): DesktopView {
  const { shares, problem: _told, ...agent } = facts.report;
  const state = trayState(facts);
  return {
    language,
    version,
    state,
    line: stateLine(state, facts, language),
    agent,
    shares,
    setup: setupView(facts, language),
    settings: typedFrom(settings.config),
    fixed: settings.fixed,
    startAtLogin,
    update,
    problems,
  };
}

/** What is wrong at this moment, in sentences. Pure. */
export function presentProblems({ report, setup, startProblem }: AgentFacts, update: UpdateState): readonly string[] {
  const sentences = [
    startProblem?.message,
    report.problem?.message,
    // While Ollama is brought, the bringing says what is wrong.
    isUnderWay(setup) ? undefined : (setup?.problem?.message ?? (report.ollama?.up === false ? report.ollama.reason : undefined)),
    update.phase === 'failed' ? `looking for a newer version failed: ${update.problem}` : undefined,
  ];
  return [...new Set(sentences.filter((text) => text !== undefined))];
}
