import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { DESK, type OpenedPage, openPage, PHONE, takeWhole } from '../support/open-page.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const QUICK = { kind: 'completion', loadMs: 20, decodeTokensPerS: 400 } as const;
const OLLAMA = {
  models: [
    { name: 'tiny', ...QUICK },
    { name: 'slow', kind: 'completion', loadMs: 20, decodeTokensPerS: 5 },
  ],
  pullable: [{ name: 'fresh', ...QUICK }],
} as const;
const VIEWS = ['fleet', 'models', 'requests', 'queue', 'trends', 'playground', 'log'] as const;

describe('the views of the dashboard', function () {
  this.timeout(120_000);
  let browser: Browser;
  let fleet: Fleet;
  let opened: OpenedPage;

  before(async () => {
    [browser, fleet] = await Promise.all([
      openBrowser(),
      startFleet({
        agents: ['attic', 'studio'].map((name) => ({ name, ollama: OLLAMA, env: { AGENT_LABELS: `room=${name}`, AGENT_SLOTS: '1' } })),
        env: { COORDINATOR_ROLLUP_MS: '300' },
      }),
    ]);
    for (let index = 0; index < 6; index += 1) await generate('tiny', 20);
    await generate('absent', 1);
  });
  after(async () => {
    await browser.close();
    await fleet.close();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  const generate = (model: string, tokens: number) =>
    fleet.post('/api/generate', { model, prompt: 'why?', stream: false, options: { num_predict: tokens } });
  const open = async (hash: string): Promise<Page> => {
    opened = await openPage(browser, fleet.url, hash);
    return opened.page;
  };
  const agent = async (name: string) => (await fleet.listAgents()).find((one) => one.name === name);
  const agentRow = (page: Page, name: string) => page.locator('tr[data-agent]').filter({ hasText: name });

  it('changes, drains, resumes and removes an agent', async () => {
    await fleet.addAgent({ name: 'spare', ollama: OLLAMA });
    const page = await open('#fleet');
    await page.getByRole('button', { name: 'spare', exact: true }).click();
    const panel = page.locator('.agent-panel');
    await panel.getByLabel('Name').fill('renamed');
    await panel.getByLabel('Weight').fill('2.5');
    await panel.getByLabel('Tier').fill('3');
    await panel.getByLabel('Labels').fill('gpu=4090, fast');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved.').waitFor();
    expect(await agent('renamed')).to.include({ weight: 2.5, tier: 3 });
    expect((await agent('renamed'))?.labels).to.deep.equal({ gpu: '4090', fast: 'true' });
    await agentRow(page, 'renamed').getByText('weight 2.5').waitFor();
    await page.getByRole('button', { name: 'Drain renamed' }).click();
    await agentRow(page, 'renamed').getByText('draining', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resume renamed' }).click();
    await agentRow(page, 'renamed').getByText('online', { exact: true }).waitFor();
    await fleet.agents.find(({ name }) => name === 'spare')?.program.stop();
    await panel.getByRole('button', { name: 'Remove renamed' }).click();
    await panel.getByRole('button', { name: 'Keep' }).click();
    expect(await agent('renamed')).not.to.equal(undefined);
    await panel.getByRole('button', { name: 'Remove renamed' }).click();
    await panel.getByRole('button', { name: 'Remove from the fleet' }).click();
    await agentRow(page, 'renamed').waitFor({ state: 'detached' });
    expect(await agent('renamed')).to.equal(undefined);
    expect(opened.problems).to.deep.equal([]);
  });

  it('filters agents by label and sorts them, both kept in the address', async () => {
    const page = await open('#fleet');
    await page.getByRole('searchbox', { name: 'Filter' }).fill('room=attic');
    await agentRow(page, 'studio').waitFor({ state: 'detached' });
    expect(await page.locator('tr[data-agent]').count()).to.equal(1);
    await page.getByLabel('Sort by').selectOption('status');
    await page.reload();
    await agentRow(page, 'attic').waitFor();
    expect(await page.locator('tr[data-agent]').count()).to.equal(1);
    expect(page.url()).to.contain('filter=room%3Dattic').and.to.contain('sort=status');
  });

  it('pulls, loads and deletes a model where it is told to, with the job’s progress', async () => {
    const page = await open('#models');
    const form = page.getByRole('form', { name: 'Pull a model' });
    await form.getByLabel('Pull a model').fill('fresh');
    await form.getByLabel(/^To:/).fill('attic');
    await form.getByRole('button', { name: 'Pull' }).click();
    const cell = async (name: string) =>
      page.locator('tr[data-model="fresh:latest"]').locator(`td[data-agent="${(await agent(name))?.id}"] .cell`);
    const reads = async (name: string, words: string) =>
      eventually(async () => (await (await cell(name)).getAttribute('aria-label').catch(() => null)) === words, { withinMs: 10_000 });
    await reads('attic', 'on disk');
    await page.locator('.job').filter({ hasText: 'fresh' }).getByText('completed').first().waitFor();
    await page.getByRole('button', { name: 'fresh:latest' }).click();
    await page.getByRole('checkbox', { name: 'attic' }).check();
    await page.getByRole('button', { name: 'Load into memory' }).click();
    await reads('attic', 'loaded');
    await takeWhole(page, 'artifacts/dashboard-models-actions.png');
    await page.getByRole('button', { name: 'Delete fresh:latest' }).click();
    await page.getByRole('button', { name: 'Delete from 1 agents' }).click();
    await eventually(async () => ((await agent('attic'))?.models ?? []).every(({ name }) => name !== 'fresh:latest'));
    expect(opened.problems).to.deep.equal([]);
  });

  it('finds stored requests by status, and shows one with its attempts and what was expected', async () => {
    const page = await open('#requests');
    await page.getByLabel('Status').selectOption('rejected');
    await eventually(async () => (await page.locator('tr[data-request]').count()) === 1);
    await page.locator('tr[data-request]').getByText('absent').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Model').fill('tiny');
    await page.getByLabel('Model').press('Enter');
    await eventually(async () => (await page.locator('tr[data-request]').count()) === 6);
    await page.locator('tr[data-request] a').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Attempts: expected → came').waitFor();
    expect(await dialog.innerText())
      .to.match(/First byte[\s\S]*expected:/)
      .and.to.match(/decode \d/);
    expect(await opened.violations()).to.deep.equal([]);
    await page.screenshot({ path: 'artifacts/dashboard-request.png' });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    // The dialog's `close` comes a task after it is hidden.
    await eventually(() => !page.url().includes('id='));
    expect(page.url()).to.contain('model=tiny');
  });

  it('shows a request run, and cancels it', async () => {
    const page = await open('#requests?status=running');
    const answer = fleet.post('/api/generate', { model: 'slow', prompt: 'x', stream: false, options: { num_predict: 500 } });
    await page.locator('tr[data-request] a').first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel this request' }).click();
    expect((await answer).status).to.equal(503);
    await page.getByRole('dialog').getByText('cancelled').first().waitFor();
  });

  it('exports what is filtered', async () => {
    const page = await open('#requests?model=tiny');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export CSV' }).click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    expect(lines).to.have.lengthOf(7);
    expect(lines[0]).to.contain('id,status');
  });

  it('shows what waits, who has what share, and ends a waiting request', async () => {
    const page = await open('#queue');
    await page.getByText('Nothing waits').waitFor();
    const leaving = new AbortController();
    const slots = (await fleet.listAgents()).filter(({ status }) => status === 'online').length;
    const answers = Array.from({ length: slots + 2 }, () =>
      fetch(`${fleet.url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify({ model: 'slow', prompt: 'x', stream: false, options: { num_predict: 5000 } }),
        signal: leaving.signal,
      }),
    );
    const waiting = page.locator('tr[data-waiting]');
    await eventually(async () => (await waiting.count()) === 2, { withinMs: 8000 });
    expect(await opened.violations()).to.deep.equal([]);
    await takeWhole(page, 'artifacts/dashboard-queue-full.png');
    await waiting
      .first()
      .getByRole('button', { name: /^Cancel/ })
      .click();
    expect((await Promise.race(answers)).status).to.equal(503);
    await eventually(async () => (await waiting.count()) === 1);
    leaving.abort();
    await Promise.allSettled(answers);
    await page.getByText('Nothing waits').waitFor();
  });

  it('draws the trends, and says them in a table', async () => {
    const page = await open('#trends');
    await eventually(
      async () => {
        await page.reload();
        await page.locator('.chart canvas').first().waitFor();
        await page.getByText('As a table').click();
        return (await page.locator('.trend-table tbody tr').count()) > 0;
      },
      { withinMs: 20_000 },
    );
    expect(await page.locator('.chart canvas').count()).to.equal(7);
    expect(Number(await page.locator('.trend-table tbody tr td').first().innerText())).to.be.at.least(7);
    await page.getByLabel('Agent').selectOption('attic');
    await eventually(() => page.url().includes('agent=attic'));
    await page.locator('.chart canvas').first().waitFor();
    expect(opened.problems).to.deep.equal([]);
  });

  it('asks a model, streams the answer, says who gave it and why, and stops', async () => {
    const page = await open('#playground');
    await page.getByLabel('Model').fill('tiny');
    await page.getByLabel('Agent').selectOption({ label: 'studio' });
    await page.getByLabel('Prompt').fill("what's up?");
    expect(await page.locator('.command code').innerText())
      .to.contain('/api/chat')
      .and.to.contain('x-coordinator-pin');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(/answered by studio .*tokens\/s/).waitFor();
    expect((await page.locator('.message-assistant .message-text').innerText()).length).to.be.above(3);
    await page.getByLabel('Kind').selectOption('generate');
    await page.getByLabel('Model').fill('slow');
    await page.getByLabel('Prompt').fill('count');
    await page.getByRole('button', { name: 'Send' }).click();
    const text = page.locator('.message-assistant .message-text').last();
    await text.waitFor();
    const early = (await text.innerText()).length;
    await eventually(async () => (await text.innerText()).length > early);
    await takeWhole(page, 'artifacts/dashboard-playground-streaming.png');
    await page.getByRole('button', { name: 'Stop' }).click();
    await eventually(async () => fleet.agents.every(({ ollama }) => ollama?.requests.every(({ end }) => end !== 'open')));
    await page.getByRole('link', { name: 'the request' }).click();
    await page.getByRole('dialog').waitFor();
    expect(opened.problems).to.deep.equal([]);
  });

  it('lists events by kind, older ones too, and says what is wrong in words', async () => {
    await fleet.addAgent({ name: 'gone', ollama: OLLAMA });
    await fleet.agents.find(({ name }) => name === 'gone')?.program.signal('SIGKILL');
    const page = await open('#log');
    await page.locator('[data-problem="offline"]').getByText('gone went offline.').waitFor();
    await page.getByLabel('Kind').selectOption('models');
    await eventually(
      async () => (await page.locator('.event').count()) === (await page.locator('.event-model_loaded, .event-model_evicted').count()),
    );
    await page.getByLabel('Kind').selectOption('');
    await page.getByRole('button', { name: 'Show older' }).click();
    await page.getByRole('button', { name: 'Show older' }).waitFor({ state: 'detached' });
    await page.locator('.event-registered').filter({ hasText: 'attic' }).first().waitFor();
  });

  for (const { size, colorScheme, language } of [
    { size: 'desk', colorScheme: 'light', language: 'en' },
    { size: 'desk', colorScheme: 'dark', language: 'ja' },
    { size: 'phone', colorScheme: 'light', language: 'ja' },
    { size: 'phone', colorScheme: 'dark', language: 'en' },
  ] as const) {
    for (const view of VIEWS) {
      it(`has no accessibility violation in the view ${view}, and fits: ${colorScheme} on a ${size}, ${language}`, async () => {
        const options = size === 'desk' ? DESK : PHONE;
        opened = await openPage(browser, fleet.url, `#${view}`, { ...options, colorScheme });
        const { page } = opened;
        if (language === 'ja') await page.getByRole('button', { name: '日本語' }).click();
        await page.locator(`html[lang="${language}"] nav a[href="#${view}"][aria-current]`).waitFor();
        await page.locator('main h2').first().waitFor();
        expect(await opened.violations()).to.deep.equal([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(options.viewport.width);
        if (language === 'ja') expect(await page.innerText('main')).not.to.match(/\d (s|min|h|d)前/);
        await takeWhole(page, `artifacts/dashboard-${view}-${size}-${colorScheme}-${language}.png`);
        expect(opened.problems).to.deep.equal([]);
      });
    }
  }
});
