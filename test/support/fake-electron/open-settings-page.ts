import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { PAGE_ORIGIN } from '#desktop/page-protocol.js';
import { findViolations } from '../axe.js';
import { messageFrom } from './fake-electron.js';
import { BUILT, type FakeDesktop } from './start-fake-desktop.js';

export interface SettingsPage {
  readonly page: Page;
  /** Errors of the page and of its console, those of its content security policy included. */
  readonly problems: string[];
  /** What axe finds, as text. */
  violations(): Promise<unknown>;
  close(): Promise<void>;
}

const WINDOW = { viewport: { width: 760, height: 860 } };
/** A browser on a crowded machine takes its time. */
const WITHIN_MS = 60_000;

/**
 * The real page in Chromium, with the real preload script: its `require('electron')` is a bridge to the program's own handlers on the fake
 * Electron. The page comes from the program's own protocol handler, headers included, behind an HTTP server, since Chromium alone knows no
 * scheme of ours.
 */
export async function openSettingsPage(browser: Browser, desktop: FakeDesktop, options: BrowserContextOptions = {}): Promise<SettingsPage> {
  const server = await servePage(desktop);
  const context = await browser.newContext({ reducedMotion: 'reduce', ...WINDOW, ...options });
  context.setDefaultTimeout(WITHIN_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const contents = desktop.contents();
  await page.exposeFunction('ipcInvoke', (channel: string, args: unknown[]) => desktop.invoke(channel, args, messageFrom(contents)));
  const tell = (channel: string, value: unknown) => {
    const script = `window.ipcHear?.(${JSON.stringify(channel)}, ${JSON.stringify(value)})`;
    void page.evaluate(script).catch(() => undefined);
  };
  contents.on('sent', tell);
  await page.addInitScript(bridgeScript());
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return {
    page,
    problems,
    violations: () => findViolations(page),
    async close() {
      contents.off('sent', tell);
      await context.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

function servePage(desktop: FakeDesktop): Promise<Server> {
  const server = createServer((request, response) => {
    void desktop.fetchPage(`${PAGE_ORIGIN}${request.url}`, request.method).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** The preload script as Electron runs it: CommonJS in a function, whose globals the page does not see. */
function bridgeScript(): string {
  const preload = readFileSync(join(BUILT, 'preload', 'preload.cjs'), 'utf8');
  return `(() => {
    const invoke = window.ipcInvoke;
    const listeners = new Map();
    window.ipcHear = (channel, value) => { for (const listener of listeners.get(channel) ?? []) listener({}, value); };
    const electron = {
      contextBridge: { exposeInMainWorld: (name, api) => { window[name] = Object.freeze(api); } },
      ipcRenderer: {
        invoke: (channel, ...args) => invoke(channel, args),
        on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
        off: (channel, listener) => listeners.set(channel, (listeners.get(channel) ?? []).filter((one) => one !== listener)),
      },
    };
    const require = (name) => { if (name === 'electron') return electron; throw new Error('module not found: ' + name); };
    (function (require, module, exports) { ${preload}\n })(require, { exports: {} }, {});
  })();`;
}
