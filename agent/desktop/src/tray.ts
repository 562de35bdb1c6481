import { join } from 'node:path';
import type { Tray as ElectronTray } from 'electron';
import type { ElectronParts } from './electron-parts.js';
import { type TrayActions, trayMenu } from './tray-menu.js';
import type { DesktopView } from './view/desktop-view.js';
import { t } from './words/words.js';

export interface TrayDeps extends Pick<ElectronParts, 'Tray' | 'Menu' | 'nativeImage' | 'nativeTheme'> {
  readonly iconsDir: string;
  readonly actions: TrayActions;
}

/** Windows cuts tooltips there. */
const LONGEST_TOOLTIP = 127;

/** The icon beside the clock. Returns how it is told of a new view; it appears with the first. */
export function setupTray({ Tray, Menu, nativeImage, nativeTheme, iconsDir, actions }: TrayDeps): (view: DesktopView) => void {
  let tray: ElectronTray | undefined;
  let shown: DesktopView | undefined;
  let shownMenu = '';

  const image = ({ state }: DesktopView) => {
    const theme = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? 'dark' : 'light';
    return nativeImage.createFromPath(join(iconsDir, 'tray', `${state}-${theme}.png`));
  };
  nativeTheme.on('updated', () => {
    if (shown !== undefined) tray?.setImage(image(shown));
  });
  return (view) => {
    if (tray === undefined) {
      tray = new Tray(image(view));
      tray.on('click', actions.openSettings);
    } else if (shown?.state !== view.state) {
      tray.setImage(image(view));
    }
    shown = view;
    const template = trayMenu(view, actions);
    tray.setToolTip(toolTip(view));
    // A menu that is set again closes under the pointer, so only another one is.
    const menu = JSON.stringify(template);
    if (menu === shownMenu) return;
    shownMenu = menu;
    tray.setContextMenu(Menu.buildFromTemplate(template));
  };
}

/** The state, and below it how far Ollama is on its way. Pure. */
function toolTip({ language, line, setup }: DesktopView): string {
  const lines = [`${t(language, 'Ollama Coordinator')}: ${line}`, ...(setup === undefined ? [] : [setup.figures ?? setup.step])];
  return lines.join('\n').slice(0, LONGEST_TOOLTIP);
}
