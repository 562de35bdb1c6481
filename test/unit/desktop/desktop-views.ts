import type { AgentReport } from '@ollama-coordinator/agent';
import type { DesktopView } from '#desktop/view/desktop-view.js';

export const REPORT: AgentReport = {
  phase: 'registered',
  coordinatorUrl: 'http://coordinator:8080',
  ollamaUrl: 'http://127.0.0.1:11434',
  name: 'kitchen',
  ollama: { up: true, version: '0.13.3', models: 1 },
  inFlight: 0,
};

/** A view of an agent that is ready, but for what is given. */
export function viewOf(changes: Partial<DesktopView> = {}): DesktopView {
  return {
    language: 'en',
    version: '0.1.0',
    state: 'idle',
    line: 'Ready',
    agent: REPORT,
    shares: undefined,
    setup: undefined,
    settings: {
      coordinatorUrl: 'http://coordinator:8080',
      name: '',
      transport: 'auto',
      slots: 'auto',
      ollamaSetup: 'install',
      schedule: '',
      onBattery: 'auto',
      gpuBusy: 'serve',
    },
    fixed: {},
    startAtLogin: false,
    update: { phase: 'off' },
    problems: [],
    ...changes,
  };
}
