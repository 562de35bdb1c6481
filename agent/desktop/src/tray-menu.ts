import type { MenuItemConstructorOptions } from 'electron';
import type { DesktopView } from './view/desktop-view.js';
import { setupMenuText } from './view/setup-view.js';
import { t, type Words } from './words/words.js';

export interface TrayActions {
  openDashboard(): void;
  openSettings(): void;
  /** Minutes; undefined: until it is resumed. */
  pause(minutes: number | undefined): void;
  resume(): void;
  installUpdate(): void;
  quit(): void;
}

const PAUSES: readonly (readonly [Words, number | undefined])[] = [
  ['For an hour', 60],
  ['For eight hours', 480],
  ['Until I resume', undefined],
];

/** The menu for a state. Pure. */
export function trayMenu(
  view: Pick<DesktopView, 'language' | 'line' | 'agent' | 'setup' | 'update'>,
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const { language, line, agent, setup, update } = view;
  const item = (words: Words, click: () => void, enabled = true) => ({ label: t(language, words), click, enabled });
  const canPause = agent.phase !== 'stopped' && agent.phase !== 'superseded';
  const pauses = PAUSES.map(([words, minutes]) => item(words, () => actions.pause(minutes)));
  return [
    { label: line, enabled: false },
    ...(setup === undefined ? [] : [{ label: setupMenuText(setup), enabled: false }]),
    { type: 'separator' },
    item('Open dashboard', actions.openDashboard),
    agent.pause === undefined
      ? { label: t(language, 'Pause'), enabled: canPause, submenu: pauses }
      : item('Resume', actions.resume, canPause),
    item('Settings …', actions.openSettings),
    ...(update.phase === 'ready' ? [item('Restart to update', actions.installUpdate)] : []),
    { type: 'separator' },
    item('Quit', actions.quit),
  ];
}
