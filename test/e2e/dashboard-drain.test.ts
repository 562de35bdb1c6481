import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { agentBecomes, type Fleet, startFleet } from '../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const OPERATOR = { authorization: `Bearer ${ADMIN_KEY}` };
const JOIN_TOKEN = 'test-join-token-0123456789';
const OLLAMA = {
  models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10, outputTokens: 10_000 }],
  numParallel: 4,
} as const;

describe('draining an agent on the dashboard', function () {
  this.timeout(90_000);
  let browser: Browser;
  let fleet: Fleet;
  before(async () => {
    [browser, fleet] = await Promise.all([
      openBrowser(),
      startFleet({
        env: { COORDINATOR_AUTH: 'on', COORDINATOR_ADMIN_KEY: ADMIN_KEY, COORDINATOR_JOIN_TOKEN: JOIN_TOKEN },
        agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA, env: { AGENT_JOIN_TOKEN: JOIN_TOKEN, AGENT_SLOTS: '4' } })),
      }),
    ]);
  });
  after(async () => {
    await browser?.close();
    await fleet?.close();
  });

  const openPage = async (key: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${fleet.url}/dashboard`);
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page.locator('tr[data-agent]').first().waitFor();
    return page;
  };
  const ask = (tokens: number, headers: Readonly<Record<string, string>> = {}) =>
    fleet.post(
      '/api/generate',
      { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: tokens } },
      { ...OPERATOR, ...headers },
    );
  const servedBy = async () =>
    new Set(await Promise.all(Array.from({ length: 8 }, async () => (await ask(1)).headers.get('x-coordinator-agent'))));
  const rowOf = (page: Page, name: string) => page.locator('tr[data-agent]').filter({ has: page.getByText(name, { exact: true }) });

  it('lets what runs end, sends nothing more, and resumes', async () => {
    const page = await openPage(ADMIN_KEY);
    const running = ask(300, { 'x-coordinator-pin': 'one' });
    await eventually(() => fleet.agents.find(({ name }) => name === 'one')?.ollama?.stats.inFlight === 1);

    await page.getByRole('button', { name: 'Drain one' }).click();
    await rowOf(page, 'one').getByText('draining', { exact: true }).waitFor();
    await agentBecomes(fleet, 'one', 'draining');
    expect(await servedBy()).to.deep.equal(new Set(['two']));
    expect((await running).status).to.equal(200);

    await page.getByRole('button', { name: 'Resume one' }).click();
    await rowOf(page, 'one').getByText('online', { exact: true }).waitFor();
    await eventually(async () => expect(await servedBy()).to.include('one'));
  });

  it('shows no button to who may only look', async () => {
    const made = await fleet.post('/api/coordinator/keys', { name: 'viewer', scopes: ['read'] }, OPERATOR);
    const { key } = (await made.json()) as { key: string };
    const page = await openPage(key);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(await page.getByRole('button', { name: /Drain|Resume/ }).count()).to.equal(0);
  });

  it('says why it could not be done', async () => {
    const page = await openPage(ADMIN_KEY);
    await page.route('**/drain', (route) => route.fulfill({ status: 503, json: { error: 'Redis does not answer right now' } }));
    await page.getByRole('button', { name: 'Drain two' }).click();
    await rowOf(page, 'two').getByRole('alert').filter({ hasText: 'Redis does not answer right now' }).waitFor();
  });
});
