import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { type OpenedPage, openPage } from '../support/open-page.js';
import { agentBecomes, type Fleet, startFleet } from '../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'slow', kind: 'completion', loadMs: 20, decodeTokensPerS: 20 }] } as const;

/** User story P5: the fleet is watched in a browser, live, without a reload. */
describe('P5: the dashboard of a whole fleet', function () {
  this.timeout(120_000);
  let browser: Browser;
  let fleet: Fleet;
  let opened: OpenedPage;
  let page: Page;

  before(async () => {
    [browser, fleet] = await Promise.all([
      openBrowser(),
      startFleet({ replicas: 2, agents: [{ name: 'one', ollama: OLLAMA, env: { AGENT_SLOTS: '2' } }] }),
    ]);
    opened = await openPage(browser, fleet.url);
    page = opened.page;
    await page.evaluate('document.body.dataset.loadedOnce = 1');
  });
  after(async () => {
    await browser.close();
    await fleet.close();
  });

  const row = (name: string) => page.locator('tr[data-agent]').filter({ hasText: name });
  const ask = (tokens: number) =>
    fleet.post('/api/generate', { model: 'slow', prompt: 'x', stream: true, options: { num_predict: tokens } });

  it('shows an agent that joins, with its models', async () => {
    await row('one').getByText('online', { exact: true }).waitFor();
    await fleet.addAgent({ name: 'two', ollama: OLLAMA });
    await row('two').getByText('online', { exact: true }).waitFor();
    await row('two').getByText('1 model on disk').waitFor();
  });

  it('fills a slot while a stream runs, shows its request, and who answered', async () => {
    const answer = await ask(100);
    await page.locator('tr[data-request]').getByText('running', { exact: true }).waitFor();
    await eventually(async () => (await page.locator('.slot-taken').count()) === 1);
    await answer.text();
    await page.locator('tr[data-request]').first().getByText('completed', { exact: true }).waitFor();
    await eventually(async () => (await page.locator('.slot-taken').count()) === 0);
    expect(await page.locator('tr[data-request]').first().innerText()).to.contain(answer.headers.get('x-coordinator-agent'));
  });

  it('turns an agent that dies offline, says so in words, and takes it back', async () => {
    fleet.agents.find(({ name }) => name === 'two')?.program.signal('SIGKILL');
    await agentBecomes(fleet, 'two', 'offline');
    const knownAtMs = performance.now();
    await row('two').getByText('offline', { exact: true }).waitFor();
    console.log(`      shown ${Math.round(performance.now() - knownAtMs)} ms after the API says it (bar: 1000 ms)`);
    await page.locator('[data-problem="offline"]').getByText('two went offline.').waitFor();
    await fleet.restartAgent('two');
    await row('two').getByText('online', { exact: true }).waitFor();
    await page.locator('[data-problem="offline"]').waitFor({ state: 'detached' });
  });

  it('shows no row that is gone after its replica died, and no request that died with it', async () => {
    const [first, second] = fleet.coordinators;
    const dying = ask(5000).then((answer) => answer.text().catch(() => ''));
    await page.locator('tr[data-request]').getByText('running', { exact: true }).waitFor();
    first?.program.signal('SIGKILL');
    await page.getByText('The connection is lost.').waitFor();
    await dying.catch(() => '');
    const two = (await (await fetch(`${second?.url}/api/agents`)).json()) as { id: string; name: string }[];
    await fleet.agents.find(({ name }) => name === 'two')?.program.stop();
    await fetch(`${second?.url}/api/agents/${two.find(({ name }) => name === 'two')?.id}`, { method: 'DELETE' });
    await fleet.restartCoordinator(0);
    await page.locator('.connection-live').waitFor();
    await row('two').waitFor({ state: 'detached' });
    await row('one').getByText('online', { exact: true }).waitFor();
    expect(await page.locator('tr[data-request]').getByText('running', { exact: true }).count()).to.equal(0);
    expect(await page.locator('body[data-loaded-once]').count()).to.equal(1);
    expect(opened.problems).to.deep.equal([]);
  });
});
