import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { setupStartAtLogin } from '#desktop/start-at-login.js';
import { FakeApp } from '../../support/fake-electron/fake-app.js';

describe('setupStartAtLogin', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oc-login-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const on = (platform: NodeJS.Platform, app = new FakeApp(), env: Record<string, string> = {}) =>
    setupStartAtLogin({ app, platform, env: { XDG_CONFIG_HOME: folder, ...env }, execPath: '/opt/My "own" 100%/program' });

  for (const platform of ['win32', 'darwin'] as const)
    it(`is what the system has on ${platform}`, () => {
      const app = new FakeApp();
      const login = on(platform, app);
      expect(login.isOn()).to.equal(false);
      login.set(true);
      expect([login.isOn(), app.loginItem]).to.deep.equal([true, { openAtLogin: true, args: ['--hidden'] }]);
      login.set(false);
      expect(login.isOn()).to.equal(false);
    });

  it('is a file in the autostart folder on Linux, quoted as the specification has it', () => {
    const login = on('linux');
    login.set(true);
    expect(login.isOn()).to.equal(true);
    const entry = readFileSync(join(folder, 'autostart', 'ollama-coordinator.desktop'), 'utf8');
    expect(entry).to.include('Exec="/opt/My \\"own\\" 100%%/program" --hidden\n');
    login.set(false);
    expect(login.isOn()).to.equal(false);
  });

  it('starts the AppImage, not what it unpacked', () => {
    on('linux', new FakeApp(), { APPIMAGE: '/home/ann/oc.AppImage' }).set(true);
    expect(readFileSync(join(folder, 'autostart', 'ollama-coordinator.desktop'), 'utf8')).to.include(
      'Exec="/home/ann/oc.AppImage" --hidden',
    );
  });

  it('is not there elsewhere', () => expect(on('freebsd').isOn()).to.equal(undefined));
});
