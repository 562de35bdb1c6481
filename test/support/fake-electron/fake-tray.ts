import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

/** The icon beside the clock: image, tooltip and menu as they were set. */
export class FakeTray extends EventEmitter {
  image: string;
  toolTip = '';
  menu: readonly Electron.MenuItemConstructorOptions[] = [];

  constructor(image: unknown) {
    super();
    this.image = String(image);
  }

  setImage(image: unknown): void {
    this.image = String(image);
  }

  setToolTip(text: string): void {
    this.toolTip = text;
  }

  setContextMenu(menu: unknown): void {
    this.menu = menu as readonly Electron.MenuItemConstructorOptions[];
  }

  /** Chooses an item as a pointer does, through submenus: `choose('Pause', 'For an hour')`. */
  choose(...labels: readonly string[]): void {
    let items = this.menu;
    let found: Electron.MenuItemConstructorOptions | undefined;
    for (const label of labels) {
      found = items.find((item) => item.label === label);
      if (found === undefined) throw new Error(`the menu has no "${label}", but ${items.map((item) => item.label ?? '-').join(', ')}`);
      items = Array.isArray(found.submenu) ? found.submenu : [];
    }
    if (found?.enabled === false) throw new Error(`"${labels.join(' > ')}" cannot be chosen`);
    (found?.click as (() => void) | undefined)?.();
  }
}
