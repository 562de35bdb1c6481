import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseJoinLink } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('keys on the dashboard', function () {
  this.timeout(60_000);
  let browser: Browser;
  let fleet: Fleet;
  before(async () => {
    [browser, fleet] = await Promise.all([
      openBrowser(),
      startFleet({ env: { COORDINATOR_AUTH: 'on', COORDINATOR_ADMIN_KEY: ADMIN_KEY } }),
    ]);
  });
  after(async () => {
    await browser.close();
    await fleet.close();
  });

  const signIn = async (key: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${fleet.url}/dashboard`);
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page
      .getByRole('status')
      .filter({ hasText: /^live$/ })
      .waitFor();
    return page;
  };
  const statusWith = async (key: string) =>
    (await fetch(`${fleet.url}/api/version`, { headers: { authorization: `Bearer ${key}` } })).status;

  it('makes a key, shows it once, and revokes it', async () => {
    const page = await signIn(ADMIN_KEY);
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByLabel('Name', { exact: true }).fill('from the page');
    await page.getByText('Limits', { exact: true }).first().click();
    await page.getByLabel('Requests per minute').fill('7');
    await page.getByLabel('Models, as').fill('tiny*');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const key = (await page.locator('.shown-once code').innerText()).trim();
    expect(key).to.match(/^oc_[\w-]{32}$/);
    expect(await statusWith(key)).to.equal(200);
    const row = page.locator('tr[data-key]').filter({ hasText: 'from the page' });
    const text = await row.innerText();
    for (const part of ['infer', 'tiny*', '7 requests/min', 'never']) expect(text).to.contain(part);
    expect(
      await page.evaluate(`${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + nodes.map((n) => n.html)))`),
    ).to.deep.equal([]);
    await page.getByRole('button', { name: 'I have it' }).click();
    expect(await page.content()).not.to.include(key);
    await row.getByRole('button', { name: 'Revoke from the page' }).click();
    await row.getByRole('button', { name: 'Revoke for good' }).click();
    await row.waitFor({ state: 'detached' });
    expect(await statusWith(key)).to.equal(401);
  });

  it('makes a link with which a machine joins, and approves the machine', async () => {
    const page = await signIn(ADMIN_KEY);
    await page.getByText('Add a machine').click();
    await page.getByLabel('Which machine').fill('gpu-3');
    await page.getByLabel('I approve each one first').check();
    await page.getByRole('button', { name: 'Make a link' }).click();
    const command = (await page.locator('.shown-once code').innerText()).trim();
    const link = parseJoinLink(/^ollama-agent join '(.*)'$/.exec(command)?.[1] ?? '');
    expect(link?.coordinatorUrl).to.equal(fleet.url);
    expect(
      await page.evaluate(`${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + nodes.map((n) => n.html)))`),
    ).to.deep.equal([]);
    const agent = { agent_id: 'gpu-3', machine_name: 'gpu-3', ip_address: '127.0.0.1', port: 9, incarnation: 1, join_token: link?.token };
    expect(await (await fleet.post('/api/agents/register', agent)).json()).to.include({ waiting: true });
    const row = page.locator('tr[data-agent="gpu-3"]');
    await row.getByText('waits for approval').waitFor();
    await page.locator('tr[data-join-token]').filter({ hasText: '1 of 1' }).waitFor();
    await row.getByRole('button', { name: 'Approve gpu-3' }).click();
    await row.getByText('waits for approval').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('button', { name: 'Revoke gpu-3' }).click();
    await page.getByRole('button', { name: 'Revoke for good' }).click();
    await page.locator('tr[data-join-token]').waitFor({ state: 'detached' });
  });

  it('says why a key cannot be made', async () => {
    const page = await signIn(ADMIN_KEY);
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByLabel('Name', { exact: true }).fill('admin');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('alert').filter({ hasText: 'another API key has the name "admin"' }).waitFor();
  });

  it('is for administrators; others see the fleet only, and anyone may sign out', async () => {
    const made = (await (
      await fleet.post('/api/coordinator/keys', { name: 'viewer', scopes: ['read'] }, { authorization: `Bearer ${ADMIN_KEY}` })
    ).json()) as { key: string };
    const page = await signIn(made.key);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(await page.getByRole('link', { name: 'Keys' }).count()).to.equal(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    await page.reload();
    await page.getByLabel('API key').waitFor();
    await eventually(async () => (await page.context().cookies()).length === 0);
  });
});
