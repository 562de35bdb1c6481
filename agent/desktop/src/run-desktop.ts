import { join } from 'node:path';
import { findCoordinators } from '@ollama-coordinator/agent';
import { DesktopAgent } from './agent/desktop-agent.js';
import { logFile, logLevel } from './agent/settings-file.js';
import { setupAutoUpdate } from './auto-update.js';
import type { DesktopDeps } from './desktop-deps.js';
import { STEP_CHANNEL, VIEW_CHANNEL } from './ipc/channels.js';
import { createHandlers } from './ipc/create-handlers.js';
import { setupIpcGateway } from './ipc/ipc-gateway.js';
import { lockSession } from './lock-down.js';
import { setupNotifications } from './notifications.js';
import { openLog } from './open-log.js';
import { setupPageProtocol } from './page-protocol.js';
import { setupQuit } from './quit.js';
import { setupSettingsWindow } from './settings-window.js';
import { HIDDEN_FLAG, setupStartAtLogin } from './start-at-login.js';
import { setupTray } from './tray.js';
import { composeView, presentProblems } from './view/compose-view.js';
import { ProblemBook } from './view/problem-book.js';
import { languageOf } from './words/words.js';

const LOOK_EVERY_MS = 1000;

/** The program once Electron is ready, in the order in which it comes up. Returns how its window is opened. */
export function runDesktop(deps: DesktopDeps): () => void {
  const { electron, updater, env, argv, clock, files } = deps;
  const { app, session, shell, protocol, ipcMain } = electron;
  const log = openLog(logFile(env), logLevel(env));
  lockSession(session.defaultSession);
  setupPageProtocol(protocol, files.pageDir);

  const agent = new DesktopAgent({ ...deps, log });
  const problems = new ProblemBook();
  const login = setupStartAtLogin({ ...deps, app });
  const window = setupSettingsWindow({
    ...electron,
    preload: files.preload,
    icon: join(files.iconsDir, 'icon-light-128.png'),
    isPackaged: app.isPackaged,
  });
  const updates = setupAutoUpdate({ updater, isPackaged: app.isPackaged, clock, log, onChange: () => show() });
  const readView = () => {
    const facts = agent.facts();
    problems.look(presentProblems(facts, updates.state), clock.now());
    const { settings } = agent;
    const [language, version, startAtLogin] = [languageOf(app.getLocale()), app.getVersion(), login.isOn()];
    return composeView({ language, version, facts, settings, startAtLogin, update: updates.state, problems: problems.noted });
  };
  const openDashboard = () => shell.openExternal(`${agent.settings.config.coordinatorUrl}/dashboard`);
  const showTray = setupTray({
    ...electron,
    iconsDir: files.iconsDir,
    actions: {
      openDashboard: () => void openDashboard(),
      openSettings: window.open,
      pause: (minutes) => void handlers.pause({ minutes: minutes ?? null }),
      resume: () => void handlers.resume(null),
      installUpdate: updates.install,
      quit: () => app.quit(),
    },
  });
  const notify = setupNotifications(electron, window.open);
  let shown = '';
  const show = () => {
    const view = readView();
    const text = JSON.stringify(view);
    if (text === shown) return;
    shown = text;
    showTray(view);
    notify(view);
    window.send(VIEW_CHANNEL, view);
  };
  const tellStep = (sentence: string) => window.send(STEP_CHANNEL, sentence);
  const nowMs = () => clock.now();
  const handlers = createHandlers({
    agent,
    updates,
    login,
    problems,
    nowMs,
    readView,
    openDashboard,
    findCoordinators: () => findCoordinators({ clock }),
    tellStep,
    show,
  });
  setupIpcGateway({ ipcMain, isTrusted: window.isSender, handlers, log });

  show();
  const looking = clock.setInterval(show, LOOK_EVERY_MS);
  setupQuit(app, async () => {
    looking.cancel();
    updates.stop();
    await agent.stop();
  });
  void agent.start().then(show);
  if (agent.settings.isFirstStart || !argv.includes(HIDDEN_FLAG)) window.open();
  return window.open;
}
