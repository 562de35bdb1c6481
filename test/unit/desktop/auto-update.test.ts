import { silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { setupAutoUpdate } from '#desktop/auto-update.js';
import { eventually } from '../../support/eventually.js';
import { FakeUpdater } from '../../support/fake-electron/fake-updater.js';
import { createManualClock } from '../../support/manual-clock.js';

const HOUR_MS = 3_600_000;

describe('setupAutoUpdate', () => {
  const start = (isPackaged: boolean, updater = new FakeUpdater()) => {
    const clock = createManualClock();
    const phases: string[] = [];
    const updates = setupAutoUpdate({
      updater: updater.asUpdater(),
      isPackaged,
      clock,
      log: silentLogger,
      onChange: () => phases.push(updates.state.phase),
    });
    return { updater, clock, updates, phases };
  };

  it('does nothing for a copy that was not installed', async () => {
    const { updater, updates } = start(false);
    await updates.check();
    expect([updater.checks, updates.state.phase]).to.deep.equal([0, 'off']);
  });

  it('looks at once and every six hours, and never goes back to an older version', () => {
    const { updater, clock } = start(true);
    expect([updater.checks, updater.autoDownload, updater.allowDowngrade, updater.allowPrerelease]).to.deep.equal([1, true, false, false]);
    clock.advance(6 * HOUR_MS);
    clock.advance(6 * HOUR_MS);
    expect(updater.checks).to.equal(3);
  });

  it('brings what is newer, and installs it when it is told to, and not before', () => {
    const { updater, updates, phases } = start(true);
    updates.install();
    updater.emit('checking-for-update');
    updater.emit('update-available', { version: '0.2.0' });
    updater.emit('download-progress', { percent: 12.9 });
    expect(updates.state).to.deep.equal({ phase: 'downloading', version: '0.2.0', percent: 12 });
    updates.install();
    expect(updater.installs).to.equal(0);
    updater.emit('update-downloaded', { version: '0.2.0' });
    updates.install();
    expect(updater.installs).to.equal(1);
    expect(phases).to.deep.equal(['looking', 'downloading', 'downloading', 'ready']);
  });

  it('says why it could not look, and looks again later', async () => {
    const updater = new FakeUpdater();
    updater.failure = new Error('getaddrinfo ENOTFOUND\n at somewhere');
    const { updates, clock } = start(true, updater);
    await eventually(() => expect(updates.state).to.deep.equal({ phase: 'failed', problem: 'getaddrinfo ENOTFOUND' }));
    clock.advance(6 * HOUR_MS);
    expect(updater.checks).to.equal(2);
    updates.stop();
    clock.advance(6 * HOUR_MS);
    expect(updater.checks).to.equal(2);
  });
});
