import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { REPOSITORY } from '../../support/repository.js';

const REGISTER = fileURLToPath(new URL('../../support/fake-electron/register.js', import.meta.url));
const MAIN = join(REPOSITORY, 'agent', 'desktop', 'dist', 'main', 'main.js');

interface Shown {
  readonly windows: number;
  readonly icon?: string;
  readonly menu?: readonly string[];
}

/** The program in a process of its own, as Electron starts it; `electron` alone is a stand-in. */
describe('the start of the desktop agent', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-desktop-main-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs it until the menu says that nobody answers, then quits it. Resolves with what it showed then, and how it ended. */
  const run = async (main: string) => {
    const env = {
      ...process.env,
      AGENT_DATA_DIR: join(folder, 'data'),
      AGENT_COORDINATOR_URL: 'http://127.0.0.1:9',
      AGENT_OLLAMA_SETUP: 'off',
      AGENT_PORT: '0',
    };
    const child = spawn(process.execPath, ['--import', REGISTER, main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    // The updater says there what it misses on a system without packages.
    const errors = text(child.stderr);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    let last: Shown = { windows: 0 };
    let saidEnd = false;
    for await (const line of createInterface(child.stdout)) {
      if (line === 'ended') saidEnd = true;
      if (!line.startsWith('{')) continue;
      last = JSON.parse(line) as Shown;
      if (last.menu?.[0] === 'The coordinator does not answer') child.kill('SIGTERM');
    }
    return { last, saidEnd, code: await ended, errors: await errors };
  };
  const expectShown = ({ last, saidEnd, code, errors }: Awaited<ReturnType<typeof run>>) => {
    expect([saidEnd, code, last.windows], errors).to.deep.equal([true, 0, 1]);
    expect(last.menu).to.include.members(['Open dashboard', 'Pause', 'Settings …', 'Quit']);
  };

  it('comes up from the compiled files, and ends when it is quit', async () => expectShown(await run(MAIN)));

  it('comes up from what the installers hold: one bundle, and nothing beside it', async () => {
    const bundle = join(folder, 'bundle');
    await promisify(execFile)(process.execPath, [join(REPOSITORY, 'scripts', 'pack-desktop.mjs'), bundle], { cwd: REPOSITORY });
    expect((await readdir(bundle)).sort()).to.deep.equal(['LICENSE', 'icons', 'package.json', 'page', 'preload', 'program']);
    const shown = await run(join(bundle, 'program', 'main.js'));
    expectShown(shown);
    expect(shown.last.icon).to.equal(join(bundle, 'icons', 'tray', 'offline-light.png'));
  });
});
