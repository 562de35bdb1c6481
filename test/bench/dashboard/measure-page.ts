import type { CDPSession, Page } from 'playwright-core';
import { openBrowser } from '../../support/browser.js';
import { openPage } from '../../support/open-page.js';

export interface PageFigures {
  /** Of the tasks of the page's main thread while it was measured. */
  readonly longestTaskMs: number;
  readonly tasksOver50: number;
  /** Script, style and layout of one message, mean. */
  readonly scriptPerUpdateMs: number;
  readonly updates: number;
}

const WARM_UP_MS = 3000;

/** Watches a page that is shown for so long, with the agents on it. */
export async function measurePage(origin: string, forMs: number, agents: number): Promise<PageFigures> {
  const browser = await openBrowser();
  try {
    const { page } = await openPage(browser, origin);
    await page
      .locator('tr[data-agent]')
      .nth(agents - 1)
      .waitFor();
    await page.waitForTimeout(WARM_UP_MS);
    await watchTasks(page);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const before = await scriptMs(session);
    const updatesBefore = await updatesOf(page);
    await page.waitForTimeout(forMs);
    const updates = (await updatesOf(page)) - updatesBefore;
    const spentMs = (await scriptMs(session)) - before;
    const tasks = (await page.evaluate('window.longTasks')) as number[];
    return {
      longestTaskMs: Math.max(0, ...tasks),
      tasksOver50: tasks.length,
      scriptPerUpdateMs: updates === 0 ? Number.NaN : spentMs / updates,
      updates,
    };
  } finally {
    await browser.close();
  }
}

/** The browser itself tells of tasks that took 50 ms or more. */
async function watchTasks(page: Page): Promise<void> {
  await page.evaluate(`window.longTasks = [];
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.longTasks.push(entry.duration); }).observe({ type: 'longtask' });
    window.updates = 0;
    new MutationObserver(() => { window.updates += 1; }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true });`);
}

async function updatesOf(page: Page): Promise<number> {
  return Number(await page.evaluate('window.updates ?? 0'));
}

async function scriptMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  const seconds = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return (seconds('ScriptDuration') + seconds('LayoutDuration') + seconds('RecalcStyleDuration')) * 1000;
}
