import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;
const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';
const asAdmin = { authorization: `Bearer ${ADMIN_KEY}` };

describe('what was asked and answered, on the dashboard', function () {
  this.timeout(90_000);
  let browser: Browser;
  let fleet: Fleet;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-bodies-page-'));
    await writeFile(join(folder, 'coordinator.toml'), `history_redact = ['[\\w.]+@[\\w.]+']\n`);
    [browser, fleet] = await Promise.all([
      openBrowser(),
      startFleet({
        env: {
          COORDINATOR_AUTH: 'on',
          COORDINATOR_ADMIN_KEY: ADMIN_KEY,
          COORDINATOR_JOIN_TOKEN: JOIN_TOKEN,
          COORDINATOR_CONFIG: join(folder, 'coordinator.toml'),
          COORDINATOR_HISTORY_BODIES: 'on',
        },
        agents: [{ name: 'one', ollama: OLLAMA, env: { AGENT_JOIN_TOKEN: JOIN_TOKEN } }],
      }),
    ]);
  });
  after(async () => {
    await browser?.close();
    await fleet?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (content: string): Promise<string> => {
    const body = { model: 'tiny', messages: [{ role: 'user', content }], options: { num_predict: 5 } };
    const answer = await fleet.post('/api/chat', body, asAdmin);
    await answer.text();
    return answer.headers.get('x-coordinator-request-id') ?? '';
  };
  const openRequest = async (id: string, key: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${fleet.url}/dashboard#requests?id=${id}`);
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Attempts: expected → came').waitFor();
    return page;
  };
  const show = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Show what was asked and answered' });

  it('is shown redacted to an administrator who asks for it, which is put on record', async () => {
    const id = await ask('write to me@home.example');
    const page = await openRequest(id, ADMIN_KEY);
    await show(page).click();
    const asked = page.getByRole('dialog').getByLabel(/^Asked/);
    await eventually(async () => expect(await asked.inputValue()).to.contain('write to [redacted]'));
    expect(await asked.inputValue()).not.to.contain('home.example');
    expect(
      (
        await page
          .getByRole('dialog')
          .getByLabel(/^Answered/)
          .inputValue()
      ).length,
    ).to.be.above(3);
    await page.getByRole('dialog').getByText('Taken out: 1').waitFor();
    await page.screenshot({ path: 'artifacts/dashboard-bodies.png' });
    await eventually(async () => {
      const audit = await fetch(`${fleet.url}/api/coordinator/audit`, { headers: asAdmin });
      const { entries } = (await audit.json()) as { entries: { action: string; target?: string }[] };
      expect(entries.some(({ action, target }) => action === 'requestBodies' && target === id)).to.equal(true);
    });
  });

  it('is not offered to who may only look', async () => {
    const id = await ask('nothing secret');
    const made = await fleet.post('/api/coordinator/keys', { name: 'viewer', scopes: ['read', 'operate', 'infer'] }, asAdmin);
    const page = await openRequest(id, ((await made.json()) as { key: string }).key);
    expect(await show(page).count()).to.equal(0);
  });
});
