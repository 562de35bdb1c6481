import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { fillFleet } from '../support/fill-fleet.js';
import { takeWhole } from '../support/open-page.js';
import { anAgent, aRequest, createScriptedFleet, type ScriptedFleet } from '../support/scripted-fleet.js';
import { startDashboard, type TestDashboard } from '../support/start-dashboard.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

describe('dashboard page', function () {
  this.timeout(30_000);
  let browser: Browser;
  let fleet: ScriptedFleet;
  let dashboard: TestDashboard;
  let problems: string[];

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(() => {
    problems = [];
    fleet = createScriptedFleet();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await dashboard.close();
  });

  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/WebSocket|401/.test(message.text())) problems.push(message.text());
    });
    await page.goto(`${dashboard.origin}/dashboard`);
    return page;
  }
  const row = (page: Page, id: string) => page.locator(`tr[data-agent="${id}"]`);
  const live = (page: Page) =>
    page
      .getByRole('status')
      .filter({ hasText: /^live$/ })
      .waitFor();
  const violations = (page: Page) =>
    page.evaluate(
      `${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' | ')))`,
    );

  it('shows a new agent within a second, without a reload', async () => {
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    await live(page);
    await page.evaluate('document.body.dataset.loadedOnce = 1');
    const startedMs = performance.now();
    fleet.put(anAgent({ id: 'a1', name: 'attic', lastSeenAtMs: Date.now() }));
    // A row has its place for a frame before it has its contents (content-visibility).
    await eventually(async () =>
      expect(await row(page, 'a1').innerText())
        .to.contain('attic')
        .and.to.contain('online'),
    );
    expect(performance.now() - startedMs).to.be.below(1000);
    expect(await page.locator('body[data-loaded-once]').count()).to.equal(1);
    expect(problems).to.deep.equal([]);
  });

  it('turns an agent offline and counts it', async () => {
    fleet.put(anAgent({ id: 'a1' }), anAgent({ id: 'a2' }));
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    await row(page, 'a1').waitFor();
    fleet.put(anAgent({ id: 'a1', status: 'offline' }));
    fleet.tell({ type: 'offline', agent_id: 'a1', agent_name: 'a1' });
    await row(page, 'a1').getByText('offline', { exact: true }).waitFor();
    expect(await page.locator('.tile').first().innerText()).to.match(/Agents online\s+1\s+of 2/);
    await page.locator('.event-offline').getByText('went offline').waitFor();
  });

  it('draws a long fleet to its end, also when a filter is taken away', async () => {
    for (let index = 0; index < 60; index += 1) fleet.put(anAgent({ id: `a${index}`, name: `rack-${index}` }));
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    const rows = async (count: number) => eventually(async () => (await page.locator('tr[data-agent]').count()) === count);
    await rows(60);
    await page.getByLabel('Filter').last().fill('rack-7');
    await rows(1);
    await page.getByLabel('Filter').last().fill('');
    await rows(60);
    await row(page, 'a59').getByText('rack-59').waitFor();
  });

  it('says what to do while there is no agent', async () => {
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    await page.getByText(`ollama-agent run --coordinator ${dashboard.origin}`).waitFor();
  });

  it('shows a request from queued to completed in one row', async () => {
    fleet.put(anAgent({ id: 'a1' }));
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    await live(page);
    const received_at = new Date().toISOString();
    dashboard.requestChanged(aRequest({ id: 'q1', received_at, status: 'queued', total_ms: 0 }));
    const request = page.locator('tr[data-request="q1"]');
    await request.getByText('queued', { exact: true }).waitFor();
    dashboard.requestChanged(
      aRequest({
        id: 'q1',
        received_at,
        agent_name: 'attic',
        why: 'loaded there',
        queue_ms: 12,
        first_byte_ms: 340,
        total_ms: 2500,
        prompt_tokens: 9,
        output_tokens: 210,
      }),
    );
    await request.getByText('completed', { exact: true }).waitFor();
    const text = await request.innerText();
    for (const part of ['attic', 'loaded there', '12 ms', '340 ms', '2.5 s', '9 → 210']) expect(text).to.contain(part);
  });

  it('shows hostile names as text', async () => {
    const hostile = '<img src=x onerror="window.taken=1"><script>window.taken=1</script>';
    fleet.put(anAgent({ id: 'a1', name: hostile, address: 'javascript:window.taken=1', labels: { evil: hostile } }));
    fleet.put(anAgent({ id: 'a2', ollamaVersion: hostile }));
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    await row(page, 'a1').waitFor();
    fleet.tell({ type: 'registered', agent_name: hostile, detail: hostile });
    dashboard.requestChanged(aRequest({ id: 'q1', model: hostile, agent_name: hostile, why: hostile }));
    await page.locator('tr[data-request="q1"]').waitFor();
    expect(await row(page, 'a1').locator('.name').innerText()).to.equal(hostile);
    expect(await page.locator('main img, main script, main a:not([href^="#"])').count()).to.equal(0);
    expect(await page.evaluate('window.taken')).to.equal(undefined);
    expect(problems).to.deep.equal([]);
  });

  it('reconnects by itself and shows what happened meanwhile', async () => {
    fleet.put(anAgent({ id: 'a1' }));
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    await live(page);
    dashboard.cutConnections();
    fleet.put(anAgent({ id: 'a2' }));
    await row(page, 'a2').waitFor();
    await live(page);
  });

  it('signs in with a key where one is needed, and keeps it nowhere', async () => {
    fleet.put(anAgent({ id: 'a1' }));
    dashboard = await startDashboard(fleet, { key: 'oc_right-key' });
    const page = await openPage();
    await page.getByLabel('API key').fill('oc_wrong-key');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'not known here' }).waitFor();
    await page.getByLabel('API key').fill('oc_right-key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await row(page, 'a1').waitFor();
    const kept = 'Object.keys(localStorage).length + Object.keys(sessionStorage).length + document.cookie.length';
    expect(await page.evaluate(kept)).to.equal(0);
    expect(page.url()).to.not.contain('right-key');
    await page.reload();
    await row(page, 'a1').waitFor();
  });

  it('runs every script and style under its content security policy', async () => {
    dashboard = await startDashboard(fleet);
    fillFleet(fleet, dashboard);
    const page = await openPage();
    await row(page, 'attic').waitFor();
    const bar = await row(page, 'attic').locator('.bar-fill').first().boundingBox();
    expect(bar?.width).to.be.above(5);
    expect(problems).to.deep.equal([]);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, options] of [
      ['desk', { viewport: { width: 1440, height: 900 } }],
      ['phone', PHONE],
    ] as const) {
      it(`has no accessibility violation, ${colorScheme} on a ${size}`, async () => {
        dashboard = await startDashboard(fleet);
        fillFleet(fleet, dashboard);
        const page = await openPage({ ...options, colorScheme, reducedMotion: 'reduce' });
        await row(page, 'attic').waitFor();
        expect(await violations(page)).to.deep.equal([]);
        await takeWhole(page, `artifacts/dashboard-${size}-${colorScheme}.png`);
      });
    }

    it(`has no accessibility violation when empty or locked, ${colorScheme}`, async () => {
      dashboard = await startDashboard(fleet);
      const empty = await openPage({ colorScheme, reducedMotion: 'reduce' });
      await live(empty);
      expect(await violations(empty)).to.deep.equal([]);
      await takeWhole(empty, `artifacts/dashboard-empty-${colorScheme}.png`);
      await dashboard.close();
      dashboard = await startDashboard(fleet, { key: 'oc_key' });
      const locked = await openPage({ colorScheme, reducedMotion: 'reduce' });
      await locked.getByLabel('API key').fill('oc_no');
      await locked.keyboard.press('Enter');
      await locked.getByRole('alert').waitFor();
      expect(await violations(locked)).to.deep.equal([]);
      await takeWhole(locked, `artifacts/dashboard-locked-${colorScheme}.png`);
    });
  }

  for (const width of [320, 360, 600, 768, 1024, 1280]) {
    it(`fits a window ${width} pixels wide`, async () => {
      dashboard = await startDashboard(fleet);
      fillFleet(fleet, dashboard);
      fleet.put(anAgent({ id: 'long', name: 'x'.repeat(128), address: `http://${'very-long-name.'.repeat(8)}example:11435` }));
      const page = await openPage({ viewport: { width, height: 800 } });
      await row(page, 'long').waitFor();
      await eventually(async () => expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(width));
    });
  }

  it('shows where the keyboard is', async () => {
    dashboard = await startDashboard(fleet);
    const page = await openPage();
    await live(page);
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).to.equal('solid');
  });
});
