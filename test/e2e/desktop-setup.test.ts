import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { makeArchive } from '../support/download/ollama-archive.js';
import { type DownloadServer, startDownloadServer } from '../support/download/start-download-server.js';
import { eventually } from '../support/eventually.js';
import { openSettingsPage, type SettingsPage } from '../support/fake-electron/open-settings-page.js';
import { type FakeDesktop, startFakeDesktop } from '../support/fake-electron/start-fake-desktop.js';
import { findFreePort } from '../support/find-free-port.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const SIMULATED = fileURLToPath(new URL('../support/simulated-ollama/cli.js', import.meta.url));
const VERSION = '99.0.0';
const MODEL = 'llama3.2:1b';
const MODEL_BYTES = 60_000_000;
const PULL_S = 25;
/** So slow that a download or a pull is under way as long as a test looks at it. */
const CREEPS_BYTES_PER_S = 40_000;
const RUNS_BYTES_PER_S = 1_000_000_000;

/** A machine without Ollama, whose owner sees on the page and in the tray how it gets one, and a first model. */
describe('the set-up of Ollama in the desktop agent', function () {
  this.timeout(120_000);
  // Each step goes on where the one before ended.
  this.bail(true);
  const formerPath = process.env.PATH;
  let browser: Browser;
  let fleet: Fleet;
  let releases: DownloadServer;
  let desktop: FakeDesktop;
  let opened: SettingsPage;

  before(async () => {
    [browser, fleet, releases] = await Promise.all([openBrowser(), startFleet(), startDownloadServer()]);
    // Not the Ollama that other tests have: it was built without a version, and any minimum is fine with that.
    process.env.PATH = '/usr/bin:/bin';
    releases.setSpeed(CREEPS_BYTES_PER_S);
    const port = await findFreePort();
    desktop = await startFakeDesktop({
      env: {
        AGENT_COORDINATOR_URL: fleet.url,
        AGENT_NAME: 'bare',
        AGENT_OLLAMA_URL: `http://127.0.0.1:${port}`,
        AGENT_OLLAMA_SETUP: 'install',
        AGENT_OLLAMA_VERSION: VERSION,
        AGENT_OLLAMA_MIN_VERSION: VERSION,
        AGENT_OLLAMA_DOWNLOAD_URL: releases.url,
        AGENT_DEFAULT_MODEL: MODEL,
        AGENT_ON_BATTERY: 'serve',
        AGENT_HEARTBEAT_MS: '200',
      },
    });
    await publish(join(desktop.dataDir, 'simulated.json'), port);
    opened = await openSettingsPage(browser, desktop);
  });
  after(async () => {
    process.env.PATH = formerPath;
    await opened?.close();
    await desktop?.close();
    await Promise.all([browser?.close(), fleet?.close(), releases?.close()]);
  });

  /** A release whose program is a simulated Ollama with an empty disk, and a registry that is slow. */
  async function publish(config: string, port: number): Promise<void> {
    const pullable = [{ name: MODEL, sizeBytes: MODEL_BYTES }];
    await writeFile(config, JSON.stringify({ port, version: VERSION, models: [], pullable, pullBytesPerS: MODEL_BYTES / PULL_S }));
    const program = `#!/bin/sh
if [ "$1" = --version ]; then echo "client version is ${VERSION}"; exit; fi
exec "${process.execPath}" "${SIMULATED}" --config "${config}"
# ${'x'.repeat(2_000_000)}
`;
    // What compresses to nothing is downloaded at once.
    const ballast = { path: 'lib/ballast', text: Array.from({ length: 400_000 }, () => Math.random()).join('') };
    const archive = await makeArchive([{ path: 'bin/ollama', text: program }, ballast]);
    for (const file of ['ollama-linux-amd64.tgz', 'ollama-linux-arm64.tgz', 'ollama-darwin.tgz']) releases.put(file, archive);
    releases.putChecksums();
  }

  const progress = () => opened.page.getByRole('group', { name: 'How Ollama comes to this machine' });
  const current = () => progress().locator('[aria-current="step"]');
  const tray = () => {
    const [icon] = desktop.trays;
    if (icon === undefined) throw new Error('there is no tray icon');
    return icon;
  };
  const menu = () => tray().menu.map(({ label }) => label);
  const reported = async () => (await fleet.listAgents()).find(({ name }) => name === 'bare')?.ollama_setup;
  /** It is looked at in both lights, and with axe. */
  const expectGoodLooks = async (name: string, locales: readonly string[]) => {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const locale of locales) {
        desktop.app.locale = locale;
        const shown = await openSettingsPage(browser, desktop, { colorScheme });
        await shown.page.locator('fieldset.setup').waitFor();
        await shown.page.screenshot({ path: `artifacts/desktop-${name}-${colorScheme}-${locale}.png` });
        expect(await shown.violations(), `${name}, ${colorScheme}, ${locale}`).to.deep.equal([]);
        expect(shown.problems).to.deep.equal([]);
        await shown.close();
      }
    desktop.app.locale = 'en-US';
  };

  it('shows a download: step, percent, speed and time', async () => {
    await progress()
      .getByText(/^Ollama 99\.0\.0: \d+ %, .* of .* MB, .*\/s, \d+ (s|min) left$/)
      .waitFor();
    expect(await current().innerText()).to.equal('Download');
    await progress().getByRole('progressbar', { name: 'Downloading Ollama' }).waitFor();
    await opened.page.getByText('Bringing Ollama').first().waitFor();
  });

  it('shows it in the tray: all of it in the tooltip, tens of percent in the menu', async () => {
    await eventually(() => expect(menu()[1]).to.match(/^Downloading Ollama: \d?0 %$/));
    expect(tray().toolTip).to.match(/^Ollama Coordinator: Bringing Ollama\nOllama 99\.0\.0: \d+ %, .* of .* MB, .*\/s, \d+ (s|min) left$/);
    const before = tray().toolTip;
    await eventually(() => tray().toolTip !== before);
  });

  it('tells the coordinator, as the headless agent does', async () => {
    await eventually(async () => expect(await reported()).to.include({ step: 'downloading', what: 'Ollama 99.0.0' }));
  });

  it('looks well while it downloads', () => expectGoodLooks('setup-download', ['en', 'ja']));

  it('goes on to the first model, which it shows as well', async () => {
    releases.setSpeed(RUNS_BYTES_PER_S);
    await progress()
      .getByText(/^llama3\.2:1b: \d+ %, .* of 60\.0 MB, .*\/s, \d+ s left$/)
      .waitFor();
    expect(await current().innerText()).to.equal('First model');
    await opened.page.getByText('Bringing a first model').first().waitFor();
    await eventually(() => expect(menu()[1]).to.match(/^Pulling a first model: \d?0 %$/));
    await eventually(async () => expect(await reported()).to.include({ step: 'pulling', what: MODEL }));
    await expectGoodLooks('setup-model', ['en']);
  });

  it('shows nothing of it when all is there', async () => {
    await opened.page.getByText('Ready', { exact: true }).first().waitFor();
    expect(await progress().count()).to.equal(0);
    await eventually(() => expect(menu()[1]).to.equal(undefined));
    await opened.page.getByRole('listitem').filter({ hasText: MODEL }).waitFor();
    expect(opened.problems).to.deep.equal([]);
  });
});
