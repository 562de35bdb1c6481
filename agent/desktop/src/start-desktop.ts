import type { DesktopDeps } from './desktop-deps.js';
import { setupLockDown } from './lock-down.js';
import { registerPageScheme } from './page-protocol.js';
import { runDesktop } from './run-desktop.js';
import { setupSingleInstance } from './single-instance.js';

/** What has to be done before Electron is ready, at once; then the rest. */
export function startDesktop(deps: DesktopDeps): void {
  const { app, protocol } = deps.electron;
  let openSettings: () => void = () => undefined;
  if (!setupSingleInstance(app, () => openSettings())) return;
  app.enableSandbox();
  registerPageScheme(protocol);
  setupLockDown(app);
  // The program lives in the tray: without this, closing the window would end it.
  app.on('window-all-closed', () => undefined);
  void app.whenReady().then(() => {
    openSettings = runDesktop(deps);
  });
}
