import type { ElectronParts } from './electron-parts.js';
import { noticesBetween } from './notices.js';
import type { DesktopView } from './view/desktop-view.js';

/** Returns how it is told of a new view. A click on a notification leads to the settings. */
export function setupNotifications(
  { Notification }: Pick<ElectronParts, 'Notification'>,
  openSettings: () => void,
): (view: DesktopView) => void {
  let before: DesktopView | undefined;
  return (view) => {
    const notices = before === undefined ? [] : noticesBetween(before, view);
    before = view;
    if (!Notification.isSupported()) return;
    for (const notice of notices) {
      const shown = new Notification(notice);
      shown.on('click', openSettings);
      shown.show();
    }
  };
}
