import type { FoundCoordinator } from '@ollama-coordinator/agent';
import type { DesktopAgent } from '../agent/desktop-agent.js';
import type { AutoUpdate } from '../auto-update.js';
import type { StartAtLogin } from '../start-at-login.js';
import type { DesktopView } from '../view/desktop-view.js';
import type { ProblemBook } from '../view/problem-book.js';
import type { Handlers } from './contract.js';

export interface HandlerDeps {
  readonly agent: DesktopAgent;
  readonly updates: AutoUpdate;
  readonly login: StartAtLogin;
  readonly problems: ProblemBook;
  readonly nowMs: () => number;
  readonly readView: () => DesktopView;
  readonly openDashboard: () => Promise<void>;
  readonly findCoordinators: () => Promise<readonly FoundCoordinator[]>;
  /** How a test or a joining goes, a sentence at a time. */
  readonly tellStep: (sentence: string) => void;
  /** Something changed: tray and page are told. */
  readonly show: () => void;
}

const MINUTE_MS = 60_000;

/** What each call of the page does. */
export function createHandlers(deps: HandlerDeps): Handlers {
  const { agent, updates, login, problems, nowMs, readView, openDashboard, findCoordinators, tellStep, show } = deps;
  const shown = async <T>(act: () => Promise<T> | T): Promise<T> => {
    try {
      return await act();
    } finally {
      show();
    }
  };
  return {
    readView,
    saveSettings: (typed) => shown(() => agent.save(typed)),
    findCoordinators,
    testCoordinator: ({ coordinatorUrl }) => shown(() => agent.test(coordinatorUrl, tellStep)),
    join: ({ link }) => shown(() => agent.join(link, tellStep)),
    pause: ({ minutes }) => shown(() => agent.pause(minutes === null ? undefined : nowMs() + minutes * MINUTE_MS)),
    resume: () => shown(() => agent.resume()),
    setStartAtLogin: ({ on }) => shown(() => login.set(on)),
    openDashboard,
    checkForUpdate: () => shown(() => updates.check()),
    installUpdate: () => updates.install(),
    forgetProblems: () => shown(() => problems.forget()),
  };
}
