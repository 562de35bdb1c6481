import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';
import type { RunningProgram } from '../support/start-program.js';
import { openScreen, type Screen } from '../support/wine/open-screen.js';
import { openWine, type Wine, windowsPath } from '../support/wine/open-wine.js';
import { sharedInstaller } from '../support/wine/shared-installer.js';

/** Of a program under wine on a machine that runs other suites. */
const DRAWN_WITHIN_MS = 90_000;

/** What an owner of a Windows machine would look at, kept as pictures under artifacts/. */
describe('what the installer for Windows leaves to see, in wine', function () {
  this.timeout(240_000);
  let screen: Screen;
  let wine: Wine;
  let fleet: Fleet;
  let ollama: SimulatedOllama;
  let user: string;
  let emptyBytes: number;
  let shown: RunningProgram | undefined;
  before(async () => {
    const { msi } = await sharedInstaller();
    screen = await openScreen();
    emptyBytes = await bytesOf('windows-console');
    [wine, fleet, ollama] = await Promise.all([
      openWine({ display: screen.display }),
      startFleet({ env: { COORDINATOR_AGENT_TTL_MS: '15000' } }),
      startSimulatedOllama({}),
    ]);
    const { code } = await wine.run('msiexec', '/i', windowsPath(msi), '/qn', `COORDINATOR_URL=${fleet.url}`);
    expect(code).to.equal(0);
    [user = ''] = (await readdir(join(wine.driveC, 'users'))).filter((name) => name !== 'Public');
  });
  afterEach(async () => {
    await shown?.stop(5000);
    shown = undefined;
    await wine.run('wineserver', '-k');
  });
  after(async () => {
    await wine?.close();
    await Promise.all([screen?.close(), fleet?.close(), ollama?.close()]);
  });

  const bytesOf = async (name: string) => (await stat(await screen.takePicture(name))).size;

  /** Opens a program of Windows, and keeps a picture of the screen when it has drawn all that it draws. */
  const picture = async (
    name: string,
    [program = '', ...args]: readonly string[],
    isReady = async () => (await bytesOf(name)) > 1.1 * emptyBytes,
  ) => {
    shown = await wine.start({
      program,
      args,
      env: { AGENT_OLLAMA_URL: ollama.url, AGENT_OLLAMA_SETUP: 'off', AGENT_PORT: '0', AGENT_NAME: 'windows' },
      outputFile: join(wine.driveC, `${name}.out`),
      isReady,
      readyWithinMs: DRAWN_WITHIN_MS,
    });
    let before = 0;
    await eventually(
      async () => {
        const bytes = await bytesOf(name);
        const isSettled = bytes === before && bytes > 1.1 * emptyBytes;
        before = bytes;
        return isSettled;
      },
      { everyMs: 1500, withinMs: DRAWN_WITHIN_MS },
    );
    console.log(`      artifacts/${name}.png: ${before} bytes (an empty screen: ${emptyBytes})`);
  };

  it('the Run key and the shortcuts, at a command prompt', () => {
    // No path with a space: its quotes would not reach this cmd.
    const words = `reg query HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run & dir /s /b C:\\users\\${user}\\*.lnk`;
    return picture('windows-console', ['wineconsole', 'cmd', '/k', words]);
  });

  it('the program, in the list of what can be removed', () => picture('windows-uninstaller', ['uninstaller']));

  it('the agent in its window, registered', () => {
    const folder = `C:\\users\\${user}\\AppData\\Local\\Programs\\Ollama Agent`;
    const isOnline = async () => (await fleet.listAgents()).some(({ name, status }) => name === 'windows' && status === 'online');
    return picture('windows-agent', ['wineconsole', `${folder}\\ollama-agent.exe`, 'run', '--env-file', `${folder}\\agent.env`], isOnline);
  });
});
