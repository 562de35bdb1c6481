import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CreatedJoinToken, silentLogger, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { tellNetwork } from '#coordinator/discovery/tell-network.js';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { openSettingsPage, type SettingsPage } from '../support/fake-electron/open-settings-page.js';
import { type FakeDesktop, startFakeDesktop } from '../support/fake-electron/start-fake-desktop.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { agentBecomes, type Fleet, startFleet } from '../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const OPERATOR = { authorization: `Bearer ${ADMIN_KEY}` };
const NOBODY = 'http://127.0.0.1:9';

/** The program of the desktop agent, its page in a real browser, a real coordinator that lets in only who was invited. */
describe('the settings page of the desktop agent', function () {
  this.timeout(120_000);
  let browser: Browser;
  let fleet: Fleet;
  let ollama: SimulatedOllama;
  let desktop: FakeDesktop;
  let opened: SettingsPage;

  before(async () => {
    [browser, fleet, ollama] = await Promise.all([
      openBrowser(),
      startFleet({ env: { COORDINATOR_AUTH: 'on', COORDINATOR_ADMIN_KEY: ADMIN_KEY } }),
      startSimulatedOllama({
        models: [
          { name: 'tiny', kind: 'completion' },
          { name: 'slow', kind: 'completion', decodeTokensPerS: 20, loadMs: 10, outputTokens: 10_000 },
        ],
      }),
    ]);
    desktop = await startFakeDesktop({
      isPackaged: true,
      env: { AGENT_OLLAMA_URL: ollama.url, AGENT_NAME: '', AGENT_HEARTBEAT_MS: '200', AGENT_ON_BATTERY: 'serve' },
    });
    opened = await openSettingsPage(browser, desktop);
  });
  after(async () => {
    await opened?.close();
    await desktop?.close();
    await Promise.all([browser?.close(), fleet?.close(), ollama?.close()]);
  });

  const page = () => opened.page;
  const button = (name: string) => page().getByRole('button', { name, exact: true });
  const shows = (text: string | RegExp) => page().getByText(text).first().waitFor();
  const kept = () => readFile(join(desktop.dataDir, 'agent.toml'), 'utf8');
  const invite = async () => {
    const made = await fleet.post('/api/coordinator/join-tokens', { name: 'desktop' }, OPERATOR);
    return ((await made.json()) as CreatedJoinToken).link;
  };
  const ask = (body: object) => fleet.post('/api/generate', { stream: false, prompt: 'x', ...body }, OPERATOR);
  const tray = () => {
    const [icon] = desktop.trays;
    if (icon === undefined) throw new Error('there is no tray icon');
    return icon;
  };
  const saves = async (fields: () => Promise<unknown>) => {
    await fields();
    await button('Save').click();
  };

  it('says what a link looks like, where something else is pasted', async () => {
    await page().getByLabel('Link to join with').fill('not a link');
    await button('Join').click();
    await page().getByRole('alert').filter({ hasText: 'this is no link to join with' }).waitFor();
  });

  it('joins by a link, tells each step, and keeps all but the token', async () => {
    const link = await invite();
    await page().getByLabel('Link to join with').fill(link);
    await button('Join').click();
    await shows(/registered as/);
    await shows('the coordinator reaches this machine directly');
    await page().locator('.notice-good').filter({ hasText: 'This machine has joined the fleet' }).waitFor();
    expect(await kept()).to.include(`coordinator_url = "${fleet.url}"`);
    expect(await kept()).to.not.include(new URL(link).hash.slice('#token='.length));
    await shows('Ready');
    await eventually(() => /idle-light\.png$/.test(tray().image));
  });

  it('shows what the machine shares', async () => {
    await page().getByRole('listitem').filter({ hasText: /^tiny/ }).waitFor();
    await shows('The coordinator reaches this machine directly');
  });

  it('is named, and says so at the coordinator', async () => {
    await saves(() => page().getByLabel('Name of this machine').fill('Kitchen PC'));
    await shows('Saved; the agent has started again with it.');
    await agentBecomes(fleet, 'Kitchen PC', 'online');
    expect(await kept()).to.include('name = "Kitchen PC"');
  });

  it('tells a person which field is wrong and how, and keeps nothing', async () => {
    const before = await kept();
    await saves(async () => {
      await page().getByLabel('Hours at which it serves others').fill('whenever');
      await page().getByLabel('Requests at once per model').fill('many');
    });
    await page().getByRole('alert').filter({ hasText: 'must be days and hours like' }).waitFor();
    await page()
      .getByRole('alert')
      .filter({ hasText: 'must be a whole number' })
      .or(page().locator('#slots-below.field-problem'))
      .first()
      .waitFor();
    expect(await kept()).to.equal(before);
  });

  it('keeps way, slots, hours and what the owner comes first for', async () => {
    await saves(async () => {
      await page().getByLabel('Hours at which it serves others').fill('mon-sun 00:00-24:00');
      await page().getByLabel('Requests at once per model').fill('3');
      await page().getByLabel('Way to this machine').selectOption('direct');
      await page().getByLabel('While another program uses the graphics card').selectOption('pause');
    });
    await shows('Saved; the agent has started again with it.');
    for (const line of ['schedule = "mon-sun 00:00-24:00"', 'transport = "direct"', 'gpu_busy = "pause"'])
      expect(await kept()).to.include(line);
    expect(await kept()).to.match(/slots = "?3"?/);
    await eventually(async () => expect((await fleet.listAgents()).find(({ name }) => name === 'Kitchen PC')?.slots).to.equal(3));
  });

  it('does not offer to change what the environment says', async () => {
    const field = page().getByLabel('Where no Ollama answers');
    expect(await field.isDisabled()).to.equal(true);
    await shows('Set by AGENT_OLLAMA_SETUP');
  });

  it('pauses and resumes, on the page and in the tray', async () => {
    await button('For an hour').click();
    await shows(/Paused by its owner until (\w{3} )?\d\d:\d\d/);
    await eventually(() => /paused-light\.png$/.test(tray().image));
    await eventually(async () => expect((await fleet.listAgents())[0]?.pause?.by).to.equal('owner'));
    tray().choose('Resume');
    await shows('Ready');
    tray().choose('Pause', 'Until I resume');
    await shows('Paused by its owner');
    await button('Resume').click();
    await shows('Ready');
    await agentBecomes(fleet, 'Kitchen PC', 'online');
  });

  it('shows that it serves, while it does', async () => {
    const asked = ask({ model: 'slow', options: { num_predict: 60 } });
    await shows('Serving one request');
    await eventually(() => /serving-light\.png$/.test(tray().image));
    expect((await asked).status).to.equal(200);
    await shows('Ready');
    await page().getByRole('listitem').filter({ hasText: 'in memory' }).first().waitFor();
  });

  it('tests an address that is not saved, in both directions, and serves again afterwards', async () => {
    const address = page().getByLabel('Address of the coordinator');
    await address.fill(NOBODY);
    await button('Test the connection').click();
    await page().getByRole('alert').filter({ hasText: '127.0.0.1:9' }).waitFor();
    await address.fill(fleet.url.replace('http://', ''));
    await button('Test the connection').click();
    await page().locator('.steps').filter({ hasText: 'the coordinator reaches this machine directly' }).last().waitFor();
    expect(await kept()).to.include(`coordinator_url = "${fleet.url}"`);
    await agentBecomes(fleet, 'Kitchen PC', 'online');
    await shows('Ready');
  });

  it('finds coordinators of its network, and writes the chosen one into the field, no more', async () => {
    const find = button('Find coordinators in this network');
    const stop = await tellNetwork({
      config: { discovery: 'on', host: '0.0.0.0' },
      url: fleet.url,
      clock: systemClock,
      log: silentLogger,
      addresses: ['127.0.0.1'],
    });
    await page().getByLabel('Address of the coordinator').fill(NOBODY);
    await find.click();
    const one = page().getByRole('listitem').getByRole('button', { name: fleet.url });
    await one.waitFor();
    await shows('Anybody in this network may answer: choose one that you know, and test the connection.');
    expect(await opened.violations()).to.deep.equal([]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page().emulateMedia({ colorScheme });
      await page().screenshot({ path: `artifacts/desktop-found-${colorScheme}.png`, fullPage: true });
    }
    await one.click();
    expect(await page().getByLabel('Address of the coordinator').inputValue()).to.equal(fleet.url);
    expect(await kept()).to.include(`coordinator_url = "${fleet.url}"`);
    await stop();
    await find.click();
    await shows(/^None answered\. One is found only from the same network/);
  });

  it('has a switch for starting at login that is as the system has it', async () => {
    const login = page().getByRole('switch', { name: 'Start when I log in' });
    expect(await login.isChecked()).to.equal(false);
    await login.click();
    await eventually(() => expect(desktop.app.loginItem).to.deep.equal({ openAtLogin: true, args: ['--hidden'] }));
    await eventually(async () => expect(await login.isChecked()).to.equal(true));
    await login.click();
    await eventually(() => expect(desktop.app.loginItem.openAtLogin).to.equal(false));
  });

  it('opens the dashboard in the browser of the system', async () => {
    await button('Open dashboard').click();
    tray().choose('Open dashboard');
    await eventually(() => expect(desktop.opened).to.deep.equal([`${fleet.url}/dashboard`, `${fleet.url}/dashboard`]));
  });

  it('looks for a newer version, shows it arriving, and installs it', async () => {
    const looked = desktop.updater.checks;
    desktop.updater.emit('update-not-available');
    await shows('This is the newest version');
    await button('Look for a newer version').click();
    await eventually(() => desktop.updater.checks === looked + 1);
    desktop.updater.emit('update-available', { version: '0.2.0' });
    desktop.updater.emit('download-progress', { percent: 41.7 });
    await shows('Version 0.2.0 arrives: 41 %');
    desktop.updater.emit('update-downloaded', { version: '0.2.0' });
    await button('Restart to update').click();
    await eventually(() => desktop.updater.installs === 1);
  });

  it('says what went wrong, in words, until it is cleared', async () => {
    const problems = page().getByRole('region', { name: 'Last problems' });
    await ollama.setUp(false);
    await problems
      .getByText(/Ollama/)
      .first()
      .waitFor();
    await eventually(() => /error-light\.png$/.test(tray().image));
    await ollama.setUp(true);
    await shows('Ready');
    await problems.getByRole('button', { name: 'Clear' }).click();
    await problems.getByText('None').waitFor();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const locale of ['en-US', 'ja-JP'])
      it(`has no accessibility problem that axe finds: ${colorScheme}, ${locale}`, async () => {
        const again = await startFakeDesktop({
          locale,
          env: { AGENT_COORDINATOR_URL: NOBODY, AGENT_OLLAMA_URL: NOBODY },
        });
        const pages = [
          { name: 'serving', on: locale === 'en-US' ? desktop : undefined },
          { name: 'trouble', on: again },
        ];
        for (const { name, on } of pages) {
          if (on === undefined) continue;
          const shown = await openSettingsPage(browser, on, { colorScheme });
          await shown.page.screenshot({ path: `artifacts/desktop-${name}-${colorScheme}-${locale.slice(0, 2)}.png`, fullPage: true });
          expect(await shown.violations(), name).to.deep.equal([]);
          expect(shown.problems).to.deep.equal([]);
          await shown.close();
        }
        await again.close();
      });

  it('has caused no error in the browser', () => {
    expect(opened.problems).to.deep.equal([]);
  });
});
