import { expect } from 'chai';
import { type TrayActions, trayMenu } from '#desktop/tray-menu.js';
import type { DesktopView } from '#desktop/view/desktop-view.js';
import { viewOf } from './desktop-views.js';

const actionsInto = (done: string[]): TrayActions => ({
  openDashboard: () => done.push('dashboard'),
  openSettings: () => done.push('settings'),
  pause: (minutes) => done.push(`pause ${minutes}`),
  resume: () => done.push('resume'),
  installUpdate: () => done.push('install'),
  quit: () => done.push('quit'),
});
const labels = (view: DesktopView) => trayMenu(view, actionsInto([])).map(({ label, type }) => label ?? type);

describe('trayMenu', () => {
  it('says how it stands, and offers to pause', () => {
    expect(labels(viewOf({ line: 'Ready' }))).to.deep.equal([
      'Ready',
      'separator',
      'Open dashboard',
      'Pause',
      'Settings …',
      'separator',
      'Quit',
    ]);
  });

  it('offers to resume where it rests, and to update where there is something', () => {
    const pause = { by: 'owner', text: 'paused by its owner' } as const;
    const view = viewOf({ agent: { ...viewOf().agent, pause }, update: { phase: 'ready', version: '0.2.0' } });
    expect(labels(view)).to.include.members(['Resume', 'Restart to update']).and.not.include('Pause');
  });

  it('says how Ollama comes', () => {
    const setup = { phase: 'downloading', step: 'Downloading Ollama', figures: 'x', percent: 34.2, problem: undefined } as const;
    expect(labels(viewOf({ line: 'Bringing Ollama', setup })).slice(0, 3)).to.deep.equal([
      'Bringing Ollama',
      'Downloading Ollama: 30 %',
      'separator',
    ]);
  });

  it('speaks Japanese', () => expect(labels(viewOf({ language: 'ja' }))).to.include.members(['ダッシュボードを開く', '一時停止', '終了']));

  it('does what its items say', () => {
    const done: string[] = [];
    const items = trayMenu(viewOf({ update: { phase: 'ready', version: '0.2.0' } }), actionsInto(done));
    for (const item of items.flatMap(({ submenu, ...item }) => [item, ...(Array.isArray(submenu) ? submenu : [])]))
      (item.click as (() => void) | undefined)?.();
    expect(done).to.deep.equal(['dashboard', 'pause 60', 'pause 480', 'pause undefined', 'settings', 'install', 'quit']);
  });

  it('does not offer to pause an agent that does not run', () => {
    const items = trayMenu(viewOf({ agent: { ...viewOf().agent, phase: 'stopped' } }), actionsInto([]));
    expect(items.find(({ label }) => label === 'Pause')?.enabled).to.equal(false);
  });
});
