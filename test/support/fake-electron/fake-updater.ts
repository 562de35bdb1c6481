import { EventEmitter } from 'node:events';
import type { Updater } from '#desktop/electron-parts.js';

/** As much of electron-updater as the program uses. */
export class FakeUpdater extends EventEmitter {
  autoDownload = false;
  autoInstallOnAppQuit = false;
  allowDowngrade = true;
  allowPrerelease = true;
  checks = 0;
  installs = 0;
  /** Why the next checks fail. */
  failure: Error | undefined;

  async checkForUpdates(): Promise<null> {
    this.checks += 1;
    if (this.failure !== undefined) throw this.failure;
    return null;
  }

  quitAndInstall(): void {
    this.installs += 1;
  }

  asUpdater(): Updater {
    return this as unknown as Updater;
  }
}
