import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import type { RunningProgram } from '../support/start-program.js';
import { openScreen, type Screen } from '../support/wine/open-screen.js';
import { openWine, type Wine, windowsPath } from '../support/wine/open-wine.js';
import { sharedInstaller } from '../support/wine/shared-installer.js';

const REGEDIT = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Applets\\Regedit';
const RUN_KEY = 'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
/** A picture of an empty screen has fewer: of 1024 by 768 equal dots little is left. */
const LEAST_BYTES = 6000;
/** Of a program under wine on a machine that runs other suites. */
const DRAWN_WITHIN_MS = 90_000;

/** What an owner of a Windows machine would look at, kept as pictures under artifacts/. */
describe('what the installer for Windows leaves to see, in wine', function () {
  this.timeout(240_000);
  let screen: Screen;
  let wine: Wine;
  let shown: RunningProgram | undefined;
  before(async () => {
    const { msi } = await sharedInstaller();
    screen = await openScreen();
    wine = await openWine({ display: screen.display });
    const { code } = await wine.run('msiexec', '/i', windowsPath(msi), '/qn', 'COORDINATOR_URL=http://192.168.1.10:8080');
    expect(code).to.equal(0);
  });
  afterEach(async () => {
    await shown?.stop(5000);
    shown = undefined;
    await wine.run('wineserver', '-k');
  });
  after(async () => {
    await wine?.close();
    await screen?.close();
  });

  /** Opens a program of Windows, and keeps a picture of the screen once something is drawn on it. */
  const picture = async (name: string, program: string, ...args: string[]) => {
    shown = await wine.start({
      program,
      args,
      env: {},
      outputFile: join(wine.driveC, `${name}.out`),
      isReady: async () => (await stat(await screen.takePicture(name))).size > LEAST_BYTES,
      readyWithinMs: DRAWN_WITHIN_MS,
    });
    // What is in a window comes after its frame.
    let before = 0;
    const path = await eventually(
      async () => {
        const taken = await screen.takePicture(name);
        const { size } = await stat(taken);
        const isSettled = size === before;
        before = size;
        return isSettled && taken;
      },
      { everyMs: 1000, withinMs: DRAWN_WITHIN_MS },
    );
    console.log(`      ${path.replace(/^.*\/artifacts/, 'artifacts')}: ${before} bytes`);
  };

  it('the Run key, in the registry editor', async () => {
    await wine.run('reg', 'add', REGEDIT, '/v', 'LastKey', '/d', `Computer\\${RUN_KEY}`, '/f');
    await picture('windows-run-key', 'regedit');
  });

  it('the shortcuts, in the Start menu', async () => {
    const [user = ''] = (await readdir(join(wine.driveC, 'users'))).filter((name) => name !== 'Public');
    const menu = `C:\\users\\${user}\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Ollama Agent`;
    await picture('windows-start-menu', 'explorer', '/n,', menu);
  });

  it('the program, in the list of what can be removed', async () => {
    await picture('windows-uninstaller', 'uninstaller');
  });
});
