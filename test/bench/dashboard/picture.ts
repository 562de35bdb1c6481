import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openBrowser } from '../../support/browser.js';
import { npmStart } from '../../support/npm-start.js';
import { REPOSITORY } from '../../support/repository.js';

/** `npm run docs:screenshot`: the picture in the readmes and on the site, of the demo fleet at work. */
const PICTURE = join(REPOSITORY, 'docs', 'images', 'dashboard.png');
const REQUESTS = 16;

const fleet = await npmStart(['--demo']);
try {
  await fleet.until(/Ctrl-C stops everything/);
  const page = await (await openBrowser()).newPage({ viewport: { width: 1200, height: 740 }, locale: 'en', colorScheme: 'light' });
  await page.goto(`${fleet.url}/dashboard`);
  await page.getByText('demo-rack').first().waitFor();
  const answers = Array.from({ length: REQUESTS }, (_, index) => ask(index % 3 === 0 ? 'qwen3:8b' : 'llama3.2'));
  await page.getByText('completed').nth(2).waitFor();
  mkdirSync(dirname(PICTURE), { recursive: true });
  await page.screenshot({ path: PICTURE });
  await Promise.all(answers);
  await page.context().browser()?.close();
} finally {
  await fleet.close();
}

async function ask(model: string): Promise<void> {
  const messages = [{ role: 'user', content: 'hello' }];
  const answer = await fetch(`${fleet.url}/api/chat`, { method: 'POST', body: JSON.stringify({ model, messages }) });
  await answer.text();
}
