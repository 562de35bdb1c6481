import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type * as Electron from 'electron';
import type { Browser } from 'playwright-core';
import { parse } from 'yaml';
import { CALL_NAMES, channelOf } from '#desktop/ipc/channels.js';
import { PAGE_ORIGIN } from '#desktop/page-protocol.js';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { messageFrom } from '../support/fake-electron/fake-electron.js';
import { FakeContents } from '../support/fake-electron/fake-window.js';
import { openSettingsPage, type SettingsPage } from '../support/fake-electron/open-settings-page.js';
import { BUILT, type FakeDesktop, startFakeDesktop } from '../support/fake-electron/start-fake-desktop.js';
import { REPOSITORY } from '../support/repository.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { describeAttack } from './support/describe-attack.js';

const MARKUP = '<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>';
const NOBODY = 'http://127.0.0.1:9';

describeAttack('electron', 'the desktop agent’s program', (seen) => {
  let desktop: FakeDesktop;
  before(async () => {
    desktop = await startFakeDesktop({ isPackaged: true, env: { AGENT_COORDINATOR_URL: NOBODY, AGENT_OLLAMA_URL: NOBODY } });
  });
  after(() => desktop.close());

  it('a page that asks for Node, for another world, or out of its sandbox', () => {
    expect(desktop.app.isSandboxed).to.equal(true);
    expect(desktop.windows[0]?.options.webPreferences).to.deep.include({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      devTools: false,
    });
    seen('isolated, sandboxed');
  });

  it('window.open', () => {
    for (const url of ['https://evil.example', `${PAGE_ORIGIN}/index.html`, 'file:///etc/passwd', 'javascript:alert(1)']) {
      const answer = desktop.contents().windowOpenHandler?.({ url } as Electron.HandlerDetails);
      expect(answer).to.deep.equal({ action: 'deny' });
      seen('deny');
    }
  });

  for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])
    it(event, () => {
      let isPrevented = false;
      desktop.contents().emit(event, { url: 'https://evil.example', preventDefault: () => (isPrevented = true) });
      expect(isPrevented).to.equal(true);
      seen('prevented');
    });

  it('permissions, devices and downloads', () => {
    const { session } = desktop;
    const answers: boolean[] = [];
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'clipboard-read'] as const) {
      session.request?.({} as Electron.WebContents, permission, (granted) => answers.push(granted), {} as never);
      answers.push(session.check?.(null, permission as never, PAGE_ORIGIN, {} as never) ?? true);
    }
    answers.push(session.device?.({} as never) ?? true);
    expect(new Set(answers)).to.deep.equal(new Set([false]));
    let isPrevented = false;
    session.emit('will-download', { preventDefault: () => (isPrevented = true) });
    expect(isPrevented).to.equal(true);
    seen('denied', answers.length + 1);
  });

  it('messages from a frame in the page, from another page, and from nobody, on every channel', async () => {
    const ours = desktop.contents();
    const page = { url: `${PAGE_ORIGIN}/index.html` };
    const stranger = new FakeContents();
    stranger.mainFrame.url = page.url;
    const senders: readonly (() => Electron.IpcMainInvokeEvent)[] = [
      () => messageFrom(ours, page),
      () => messageFrom(ours, { url: 'https://evil.example' }),
      () => messageFrom(stranger),
      () => ({ sender: ours, senderFrame: null }) as unknown as Electron.IpcMainInvokeEvent,
    ];
    for (const name of CALL_NAMES)
      for (const sender of senders) {
        expect(await refusal(desktop.invoke(channelOf(name), [null], sender())), name).to.equal('refused');
        seen('refused');
      }
    const { url } = ours.mainFrame;
    for (const elsewhere of [
      'https://evil.example/',
      'ollama-agent://other/index.html',
      'ollama-agent.evil://settings/',
      'about:blank',
      '',
    ]) {
      ours.mainFrame.url = elsewhere;
      expect(await refusal(desktop.invoke(channelOf('readView'), [null], messageFrom(ours))), elsewhere).to.equal('refused');
      seen('refused');
    }
    ours.mainFrame.url = url;
    expect((await desktop.call('readView', null)).ok).to.equal(true);
  });

  it('payloads that no page of ours sends', async () => {
    const before = await desktop.view();
    const form = before.settings;
    const hostile: readonly (readonly [(typeof CALL_NAMES)[number], ...unknown[]])[] = [
      ['readView', 'x'],
      ['readView', null, null],
      ['pause', { minutes: -1 }],
      ['pause', { minutes: 1e308 }],
      ['pause', { minutes: '60' }],
      ['pause', { minutes: 60, evil: true }],
      ['setStartAtLogin', { on: 'yes' }],
      ['join', { link: 'x'.repeat(5000) }],
      ['join', ['link']],
      ['testCoordinator', { coordinatorUrl: { toString: 'x' } }],
      ['saveSettings', { ...form, ollamaBinary: '/tmp/evil' }],
      ['saveSettings', JSON.parse(`{"__proto__":{"coordinatorUrl":"http://evil.example"}}`)],
      ['saveSettings', { ...form, name: 'x'.repeat(600) }],
    ];
    for (const [name, ...args] of hostile) {
      expect(
        await refusal(desktop.invoke(channelOf(name), args, messageFrom(desktop.contents()))),
        `${name} ${JSON.stringify(args)}`,
      ).to.equal('refused');
      seen('refused');
    }
    expect((await desktop.view()).settings).to.deep.equal(form);
  });

  it('an address that is none, for the browser of the system or for the agent', async () => {
    const form = (await desktop.view()).settings;
    for (const coordinatorUrl of ['javascript:alert(1)', 'file:///etc/passwd', 'smb://evil/share', 'ms-settings:privacy', 'http://']) {
      const saved = await desktop.call('saveSettings', { ...form, coordinatorUrl });
      const tested = await desktop.call('testCoordinator', { coordinatorUrl });
      const isRefused = (!saved.ok || saved.value?.coordinatorUrl !== undefined) && !tested.ok;
      expect(isRefused, `${coordinatorUrl}: ${JSON.stringify([saved, tested])}`).to.equal(true);
      seen('not an address');
    }
    expect(desktop.opened).to.deep.equal([]);
  });

  it('other files by the scheme of the page', async () => {
    for (const path of [
      '/../preload/preload.cjs',
      '/%2e%2e/main/main.js',
      '/..%2f..%2fpackage.json',
      '//etc/passwd',
      '/C:/Windows/win.ini',
      '/assets/',
    ])
      seen((await notFound(desktop, `${PAGE_ORIGIN}${path}`)).status);
    for (const url of ['ollama-agent://other/index.html', 'ollama-agent://settings.evil/index.html'])
      seen((await notFound(desktop, url)).status);
    seen((await desktop.fetchPage(`${PAGE_ORIGIN}/index.html`, 'POST')).status);
    const page = await desktop.fetchPage(`${PAGE_ORIGIN}/index.html`);
    const policy = page.headers.get('content-security-policy');
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "connect-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy).to.include(part);
    expect(policy).to.not.match(/unsafe|\*|data:|https?:/);
  });

  it('ELECTRON_RUN_AS_NODE, NODE_OPTIONS, --inspect, another app.asar', () => {
    const { electronFuses, asar } = parse(readFileSync(join(REPOSITORY, 'agent', 'desktop', 'electron-builder.yml'), 'utf8')) as {
      electronFuses: Record<string, boolean>;
      asar: boolean;
    };
    expect(asar).to.equal(true);
    expect(electronFuses).to.deep.include({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    });
    seen('fuses set', 6);
  });

  it('what the preload script gives away', () => {
    const preload = readFileSync(join(BUILT, 'preload', 'preload.cjs'), 'utf8');
    expect([...preload.matchAll(/require\(["'`]([^"'`]+)/g)].map(([, name]) => name)).to.deep.equal(['electron']);
    expect(preload.match(/exposeInMainWorld\(/g)).to.have.lengthOf(1);
  });
});

describeAttack('electron', 'the desktop agent’s page', function (seen) {
  this.timeout(120_000);
  let browser: Browser;
  let ollama: SimulatedOllama;
  let desktop: FakeDesktop;
  let opened: SettingsPage;
  before(async () => {
    [browser, ollama] = await Promise.all([openBrowser(), startSimulatedOllama({ models: [{ name: MARKUP, kind: 'completion' }] })]);
    desktop = await startFakeDesktop({ env: { AGENT_COORDINATOR_URL: NOBODY, AGENT_OLLAMA_URL: ollama.url, AGENT_NAME: MARKUP } });
    opened = await openSettingsPage(browser, desktop);
  });
  after(async () => {
    await opened?.close();
    await desktop?.close();
    await Promise.all([browser?.close(), ollama?.close()]);
  });

  it('markup in the names of models and of the machine, and in what is told', async () => {
    await opened.page.getByRole('listitem').filter({ hasText: 'onerror' }).waitFor();
    desktop.contents().send('desktop:view', { ...(await desktop.view()), line: MARKUP, problems: [{ atMs: 0, text: MARKUP }] });
    await eventually(async () => expect(await opened.page.getByText(MARKUP).count()).to.be.at.least(2));
    expect(await opened.page.locator('main img, main script').count()).to.equal(0);
    expect(await opened.page.evaluate('window.pwned')).to.equal(undefined);
    seen('shown as text');
  });

  for (const [what, script] of [
    ['an inline script', "const s = document.createElement('script'); s.textContent = 'window.pwned = 3'; document.body.append(s)"],
    ['a script from elsewhere', "const s = document.createElement('script'); s.src = 'https://evil.example/x.js'; document.body.append(s)"],
    ['markup', `document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(MARKUP)})`],
    ['eval', "setTimeout('window.pwned = 4', 0)"],
    ['a frame', "const f = document.createElement('iframe'); f.src = 'https://evil.example'; document.body.append(f)"],
    ['a request', "fetch('http://127.0.0.1:9/steal').then(() => { window.pwned = 5 }, () => { throw new Error('Refused by fetch') })"],
  ] as const)
    it(`${what} that got into the page all the same`, async () => {
      const told = opened.problems.length;
      await opened.page.evaluate(script).catch((error: unknown) => opened.problems.push(String(error)));
      await eventually(() => opened.problems.length > told);
      expect(opened.problems.slice(told).join('\n')).to.match(/Content Security Policy|TrustedHTML|TrustedScript|Refused/i);
      expect(await opened.page.evaluate('window.pwned')).to.equal(undefined);
      seen('refused by the CSP');
    });

  it('what the page could reach: no Node, no channel names', async () => {
    const found = await opened.page.evaluate(
      '[typeof require, typeof process, typeof module, typeof ipcRenderer, Object.keys(window.desktop).sort().join()]',
    );
    expect(found).to.deep.equal([...Array(4).fill('undefined'), [...CALL_NAMES, 'onView', 'onStep'].sort().join()]);
    seen('no Node');
  });
});

async function refusal(invoked: Promise<unknown>): Promise<string> {
  return invoked.then(
    (value) => `answered ${JSON.stringify(value)}`,
    (error: unknown) => (error as Error).message,
  );
}

async function notFound(desktop: FakeDesktop, url: string): Promise<Response> {
  const answer = await desktop.fetchPage(url);
  expect(answer.status, url).to.equal(404);
  return answer;
}
