import type { Clock, Random } from '@ollama-coordinator/common';
import type { Env } from './agent/settings-file.js';
import type { ElectronParts, Updater } from './electron-parts.js';

export interface DesktopDeps {
  readonly electron: ElectronParts;
  readonly updater: Updater;
  readonly env: Env;
  readonly argv: readonly string[];
  readonly platform: NodeJS.Platform;
  /** Of the running program. */
  readonly execPath: string;
  readonly files: DesktopFiles;
  readonly clock: Clock;
  readonly random: Random;
}

/** What the program brings along. */
export interface DesktopFiles {
  readonly preload: string;
  readonly pageDir: string;
  readonly iconsDir: string;
}
