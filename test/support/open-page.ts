import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { findViolations } from './axe.js';

export const DESK = { viewport: { width: 1440, height: 900 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

/** A browser on a crowded machine takes its time. */
const WITHIN_MS = 60_000;

export interface OpenedPage {
  readonly page: Page;
  /** Errors of the page and of its console, those of refused requests left out. */
  readonly problems: string[];
  /** What axe finds, as text. */
  violations(): Promise<unknown>;
}

/** The dashboard of that origin in a context of its own, live. */
export async function openPage(browser: Browser, origin: string, hash = '', options: BrowserContextOptions = DESK): Promise<OpenedPage> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(WITHIN_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/WebSocket|Failed to load resource/.test(message.text())) problems.push(message.text());
  });
  await page.goto(`${origin}/dashboard${hash}`);
  await page.locator('.connection-live').waitFor();
  return {
    page,
    problems,
    violations: () => findViolations(page),
  };
}

/** A picture of the whole page, also of the rows that a window does not show and the browser therefore does not draw. */
export async function takeWhole(page: Page, path: string): Promise<void> {
  await page.evaluate(`document.styleSheets[0].insertRule('* { content-visibility: visible !important }')`);
  await page.screenshot({ path, fullPage: true });
}
