import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '@ollama-coordinator/common';
import * as electron from 'electron';
import updater from 'electron-updater';
import { startDesktop } from './start-desktop.js';

/** The only file that knows Electron itself. The paths are those of the build, and the same in what is packed. */
const here = fileURLToPath(new URL('..', import.meta.url));

startDesktop({
  electron,
  updater: updater.autoUpdater,
  env: process.env,
  argv: process.argv,
  platform: process.platform,
  execPath: process.execPath,
  files: { preload: join(here, 'preload', 'preload.cjs'), pageDir: join(here, 'page'), iconsDir: join(here, 'icons') },
  clock: systemClock,
  random: systemRandom,
});
