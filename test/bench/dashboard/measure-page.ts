import type { CDPSession, Page } from 'playwright-core';
import { openBrowser } from '../../support/browser.js';
import { DESK } from '../../support/open-page.js';
import { type PageTask, traceTasks } from './trace-tasks.js';

export interface PageFigures {
  /** From opening the page until it stands, the longest first. */
  readonly opening: readonly PageTask[];
  /** While the fleet is as busy as it is, the longest first. */
  readonly running: readonly PageTask[];
  /** Script, style and layout of one message, mean. */
  readonly scriptPerUpdateMs: number;
  readonly updates: number;
}

export interface MeasuredView {
  readonly hash: string;
  /** There once the view is drawn to its end. */
  readonly lastRow: string;
}

const SETTLED_MS = 2000;

/** Watches a view that is opened, and then shown for so long. */
export async function measurePage(origin: string, { hash, lastRow }: MeasuredView, forMs: number): Promise<PageFigures> {
  const browser = await openBrowser();
  try {
    const page = await (await browser.newContext(DESK)).newPage();
    const opening = await traceTasks(browser, page, async () => {
      await page.goto(`${origin}/dashboard${hash}`);
      await page.locator(lastRow).waitFor({ state: 'attached' });
      await page.waitForTimeout(SETTLED_MS);
    });
    await countUpdates(page);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const before = await scriptMs(session);
    const running = await traceTasks(browser, page, () => page.waitForTimeout(forMs));
    const updates = Number(await page.evaluate('window.updates'));
    const spentMs = (await scriptMs(session)) - before;
    return { opening, running, scriptPerUpdateMs: updates === 0 ? Number.NaN : spentMs / updates, updates };
  } finally {
    await browser.close();
  }
}

async function countUpdates(page: Page): Promise<void> {
  await page.evaluate(`window.updates = 0;
    new MutationObserver(() => { window.updates += 1; }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true });`);
}

async function scriptMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  const seconds = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return (seconds('ScriptDuration') + seconds('LayoutDuration') + seconds('RecalcStyleDuration')) * 1000;
}
