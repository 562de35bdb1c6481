import { readFile } from 'node:fs/promises';
import type { Request } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { DESK, openPage, takeWhole } from '../support/open-page.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const QUICK = { kind: 'completion', loadMs: 20, decodeTokensPerS: 1000 } as const;
const OLLAMA = {
  models: [{ name: 'tiny', ...QUICK }],
  pullable: [{ name: 'huge', ...QUICK, sizeBytes: 50_000_000_000 }],
  pullBytesPerS: 20_000_000,
} as const;

/** What dashboard-views.test.ts leaves: jobs and placements, every filter of the requests, exports, and what is copied. */
describe('what is done on the dashboard', function () {
  this.timeout(120_000);
  let browser: Browser;
  let fleet: Fleet;
  before(async () => {
    [browser, fleet] = await Promise.all([
      openBrowser(),
      startFleet({ agents: ['attic', 'studio'].map((name) => ({ name, ollama: OLLAMA, env: { AGENT_LABELS: `room=${name}` } })) }),
    ]);
    await generate('attic');
    await generate('attic');
    await generate('studio');
  });
  after(async () => {
    await browser?.close();
    await fleet?.close();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  const generate = async (agent: string) => {
    const body = { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 3 } };
    await (await fleet.post('/api/generate', body, { 'x-coordinator-pin': agent })).text();
  };
  const open = async (hash: string): Promise<Page> => (await openPage(browser, fleet.url, hash)).page;
  const rows = (page: Page, count: number) =>
    eventually(async () => expect(await page.locator('tr[data-request]').count()).to.equal(count));

  it('shows how far a pull is, in its job and in the grid, and cancels it', async () => {
    const page = await open('#models');
    const form = page.getByRole('form', { name: 'Pull a model' });
    await form.getByLabel('Pull a model').fill('huge');
    await form.getByLabel(/^To:/).fill('studio');
    await form.getByRole('button', { name: 'Pull' }).click();
    const job = page.locator('.job').filter({ hasText: 'huge' });
    await job.getByText(/\d+ % of \d+ GB/).waitFor();
    expect(Number(await job.locator('progress').getAttribute('max'))).to.equal(50_000_000_000);
    await page.locator('tr[data-model="huge:latest"] .cell-pulling').waitFor();
    await takeWhole(page, 'artifacts/dashboard-job.png');
    await job.getByRole('button', { name: /^Cancel/ }).click();
    await job.getByText('cancelled').first().waitFor();
    await job.getByRole('button', { name: /^Cancel/ }).waitFor({ state: 'detached' });
  });

  it('keeps a model where a placement says, pinned in memory, until the placement is removed', async () => {
    const page = await open('#models');
    const form = page.getByRole('form', { name: 'Keep a model on agents' });
    await form.getByLabel('Keep this model').fill('tiny');
    await form.getByLabel('With these labels').fill('room=studio');
    await form.getByLabel('Pinned in memory').check();
    await form.getByRole('button', { name: 'Keep it there' }).click();
    const placement = page.locator('[data-placement]');
    await placement.getByText('met', { exact: true }).waitFor();
    const text = await placement.innerText();
    for (const part of ['tiny', 'room=studio', 'pinned in memory', 'studio']) expect(text).to.contain(part);
    await eventually(async () => {
      const studio = (await fleet.listAgents()).find(({ name }) => name === 'studio');
      expect(studio?.runners.map(({ model }) => model)).to.deep.equal(['tiny:latest']);
    });
    await placement.getByRole('button', { name: /^Remove placement/ }).click();
    await placement.getByRole('button', { name: 'Remove the placement' }).click();
    await placement.waitFor({ state: 'detached' });
  });

  it('filters requests by agent, caller and time, all kept in the address', async () => {
    const page = await open('#requests');
    await rows(page, 3);
    const filter = async (label: string, text: string) => {
      await page.getByLabel(label, { exact: true }).fill(text);
      await page.getByLabel(label, { exact: true }).blur();
    };
    await filter('Agent', 'attic');
    await rows(page, 2);
    await filter('Caller', 'nobody');
    await rows(page, 0);
    await page.getByText('No request is like that.').waitFor();
    await filter('Caller', '127.0.0.1');
    await rows(page, 2);
    await filter('Until', '2020-01-01T00:00');
    await rows(page, 0);
    await filter('Until', '');
    await filter('From', '2020-01-01T00:00');
    await rows(page, 2);
    expect(page.url()).to.contain('agent=attic').and.to.contain('caller=127.0.0.1').and.to.contain('since=2020-01-01T00%3A00');
    await page.reload();
    await rows(page, 2);
    await page.getByRole('button', { name: 'Clear' }).click();
    await rows(page, 3);
  });

  it('exports what is filtered as JSON', async () => {
    const page = await open('#requests?agent=studio');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export JSON' }).click()]);
    const requests = JSON.parse(await readFile(await download.path(), 'utf8')) as Request[];
    expect(requests.map(({ agent_name }) => agent_name)).to.deep.equal(['studio']);
  });

  it('sorts agents by what is chosen', async () => {
    const page = await open('#fleet');
    const names = () => page.locator('tr[data-agent] .name').allInnerTexts();
    await eventually(async () => expect(await names()).to.deep.equal(['attic', 'studio']));
    await page.getByRole('button', { name: 'attic', exact: true }).click();
    await page.locator('.agent-panel').getByLabel('Tier').fill('5');
    await page.locator('.agent-panel').getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Sort by').selectOption('tier');
    await eventually(async () => expect(await names()).to.deep.equal(['studio', 'attic']));
  });

  it('copies the question as a command that gives the same answer', async () => {
    const { page } = await openPage(browser, fleet.url, '#playground', { ...DESK, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByLabel('Model').fill('tiny');
    await page.getByLabel('Prompt').fill('what is it?');
    await page.locator('.command').getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const command = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(command).to.equal(await page.locator('.command code').innerText());
    const [, url = '', body = ''] = /^curl (\S+) -d '(.*)'$/.exec(command) ?? [];
    const answer = await fetch(url, { method: 'POST', body });
    expect(answer.status).to.equal(200);
    expect(await answer.text()).to.contain('"done":true');
  });
});
