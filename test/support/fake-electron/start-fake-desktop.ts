import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock, systemRandom } from '@ollama-coordinator/common';
import { type CallName, channelOf } from '#desktop/ipc/channels.js';
import type { Answer, Input } from '#desktop/ipc/contract.js';
import { startDesktop } from '#desktop/start-desktop.js';
import type { DesktopView } from '#desktop/view/desktop-view.js';
import { eventually } from '../eventually.js';
import { REPOSITORY } from '../repository.js';
import type { FakeAppOptions } from './fake-app.js';
import { createFakeElectron, type FakeElectron, messageFrom } from './fake-electron.js';
import { FakeUpdater } from './fake-updater.js';

export const BUILT = join(REPOSITORY, 'agent', 'desktop', 'dist');

export interface FakeDesktop extends FakeElectron {
  readonly updater: FakeUpdater;
  readonly dataDir: string;
  /** Calls as the settings page does. Throws where the call is refused. */
  call<Name extends CallName>(name: Name, input: Input<Name>): Promise<Answer<Name>>;
  /** As the page reads it. */
  view(): Promise<DesktopView>;
  /** Quits as its owner does, and removes the data folder. */
  close(): Promise<void>;
}

export interface FakeDesktopOptions extends FakeAppOptions {
  /** Beside AGENT_DATA_DIR. */
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly platform?: NodeJS.Platform;
  readonly clock?: Clock;
}

/** The program as main.ts starts it, on the fake Electron, with the real agent and a data folder of its own. */
export async function startFakeDesktop({
  env = {},
  argv = [],
  platform = 'win32',
  clock = systemClock,
  ...app
}: FakeDesktopOptions = {}): Promise<FakeDesktop> {
  const electron = createFakeElectron(app);
  const updater = new FakeUpdater();
  const dataDir = await mkdtemp(join(tmpdir(), 'oc-desktop-'));
  startDesktop({
    electron: electron.parts,
    updater: updater.asUpdater(),
    env: { AGENT_DATA_DIR: dataDir, AGENT_OLLAMA_SETUP: 'off', AGENT_PORT: '0', ...env },
    argv: ['program', ...argv],
    platform,
    execPath: '/opt/ollama-coordinator/program',
    files: { preload: join(BUILT, 'preload', 'preload.cjs'), pageDir: join(BUILT, 'page'), iconsDir: join(BUILT, 'icons') },
    clock,
    random: systemRandom,
  });
  if (!app.isSecond) await eventually(() => electron.trays.length === 1);
  const call: FakeDesktop['call'] = (name, input) =>
    electron.invoke(channelOf(name), [input], messageFrom(electron.contents())) as Promise<Answer<typeof name>>;
  return {
    ...electron,
    updater,
    dataDir,
    call,
    async view() {
      const answer = await call('readView', null);
      if (!answer.ok) throw new Error(answer.problem);
      return answer.value;
    },
    async close() {
      electron.app.quit();
      await eventually(() => electron.app.isEnded);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
