import type { AgentReport, Shares } from '@ollama-coordinator/agent';
import type { SettingName, TypedSettings } from '../agent/typed-settings.js';
import type { UpdateState } from '../auto-update.js';
import type { Language } from '../words/words.js';
import type { SetupView } from './setup-view.js';
import type { TrayState } from './tray-state.js';

export interface NotedProblem {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly text: string;
}

/** All that tray and page show, at one moment. It crosses to the page, so it is plain data. */
export interface DesktopView {
  readonly language: Language;
  readonly version: string;
  readonly state: TrayState;
  /** The state in a sentence, in that language. */
  readonly line: string;
  readonly agent: Omit<AgentReport, 'problem' | 'shares'>;
  readonly shares: Shares | undefined;
  /** While Ollama or a first model is brought, or where that failed. */
  readonly setup: SetupView | undefined;
  readonly settings: TypedSettings;
  /** Settings that the environment gives, and how it calls them: what the page would save does not count there. */
  readonly fixed: Partial<Readonly<Record<SettingName, string>>>;
  /** Undefined where this machine has no such thing. */
  readonly startAtLogin: boolean | undefined;
  readonly update: UpdateState;
  /** The latest first. */
  readonly problems: readonly NotedProblem[];
}
