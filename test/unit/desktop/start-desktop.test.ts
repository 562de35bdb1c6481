import { expect } from 'chai';
import { PAGE_ORIGIN } from '#desktop/page-protocol.js';
import { eventually } from '../../support/eventually.js';
import { type FakeDesktop, startFakeDesktop } from '../../support/fake-electron/start-fake-desktop.js';

/** Nobody listens there. */
const NOBODY = { AGENT_COORDINATOR_URL: 'http://127.0.0.1:9', AGENT_OLLAMA_URL: 'http://127.0.0.1:9' };

describe('startDesktop', () => {
  let desktop: FakeDesktop;
  afterEach(() => desktop.close());

  it('comes up with a tray icon and the settings window', async () => {
    desktop = await startFakeDesktop({ env: NOBODY });
    expect(desktop.app.isSandboxed).to.equal(true);
    expect(desktop.windows).to.have.lengthOf(1);
    expect(desktop.contents().mainFrame.url).to.equal(`${PAGE_ORIGIN}/index.html`);
    await eventually(() => desktop.windows[0]?.shows === 1);
    expect(desktop.trays[0]?.image).to.match(/offline-light\.png$/);
  });

  it('stays in the tray where the system started it at login', async () => {
    desktop = await startFakeDesktop({ env: NOBODY, argv: ['--hidden'] });
    expect(desktop.windows).to.have.lengthOf(0);
    desktop.trays[0]?.choose('Settings …');
    expect(desktop.windows).to.have.lengthOf(1);
  });

  it('says in words that the coordinator does not answer', async () => {
    desktop = await startFakeDesktop({ env: NOBODY });
    await eventually(async () => {
      const { state, line, problems } = await desktop.view();
      expect([state, line]).to.deep.equal(['offline', 'The coordinator does not answer']);
      expect(problems[0]?.text).to.include('127.0.0.1:9');
    });
    await eventually(() => desktop.trays[0]?.menu[0]?.label === 'The coordinator does not answer');
  });

  it('leads a second start to the window of the first', async () => {
    desktop = await startFakeDesktop({ env: NOBODY, argv: ['--hidden'] });
    desktop.app.emit('second-instance');
    expect(desktop.windows).to.have.lengthOf(1);
  });

  it('ends a second start', async () => {
    desktop = await startFakeDesktop({ env: NOBODY, isSecond: true });
    expect([desktop.app.isEnded, desktop.trays.length, desktop.windows.length]).to.deep.equal([true, 0, 0]);
  });
});
