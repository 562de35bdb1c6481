import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { DESK, type OpenedPage, openPage } from '../support/open-page.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const SHARED =
  /^first, second stand in front of the same Ollama, and each takes its slots for its own; stop all of these agents but one\.$/;

/** What an operator sees of two agents of one machine that have the same Ollama. */
describe('agents in front of one Ollama, on the dashboard', function () {
  this.timeout(120_000);
  let browser: Browser;
  let fleet: Fleet;
  let ollama: SimulatedOllama;
  let opened: OpenedPage;
  before(async () => {
    [browser, fleet, ollama] = await Promise.all([openBrowser(), startFleet(), startSimulatedOllama({ models: [{ name: 'tiny' }] })]);
    await fleet.addAgent({ name: 'first', ollama: ollama.url });
    opened = await openPage(browser, fleet.url, '', { ...DESK, locale: 'en-GB' });
  });
  after(async () => {
    await browser?.close();
    await Promise.all([fleet?.close(), ollama?.close()]);
  });

  const notice = () => opened.page.getByText(SHARED);

  it('is named as soon as the second is there, and no longer than both are', async () => {
    await opened.page.locator('tr[data-agent]').waitFor();
    expect(await notice().count()).to.equal(0);
    const second = await fleet.addAgent({ name: 'second', ollama: ollama.url });
    await notice().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await opened.page.emulateMedia({ colorScheme });
      await opened.page.screenshot({ path: `artifacts/dashboard-shared-ollama-${colorScheme}.png` });
      expect(await opened.violations(), colorScheme).to.deep.equal([]);
    }
    await second.program.stop();
    await notice().waitFor({ state: 'detached' });
    expect(opened.problems).to.deep.equal([]);
  });
});
