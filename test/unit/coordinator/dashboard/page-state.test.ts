import type { DashboardMessage } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { applyMessage } from '#coordinator/dashboard/page-state.js';

const snapshot: DashboardMessage = {
  type: 'snapshot',
  version: 7,
  at: '2026-01-01T00:00:00.000Z',
  replica: 'r1',
  coordinator_version: '1',
  redis: 'up',
  agents: [],
  requests: [],
  events: [],
};
const change = (version: number): DashboardMessage => ({ type: 'change', version, at: '2026-01-01T00:00:10.000Z' });

describe('applyMessage', () => {
  it('follows the next version', () => {
    expect(applyMessage(applyMessage(undefined, snapshot), change(8))?.version).to.equal(8);
  });
  for (const version of [7, 9]) {
    it(`refuses version ${version} after 7`, () => {
      expect(applyMessage(applyMessage(undefined, snapshot), change(version))).to.equal(undefined);
    });
  }
  it('refuses a change before any snapshot', () => {
    expect(applyMessage(undefined, change(1))).to.equal(undefined);
  });
  it('starts again from a later snapshot', () => {
    expect(applyMessage(applyMessage(undefined, snapshot), { ...snapshot, version: 40 })?.version).to.equal(40);
  });
  it('reckons ages from the time of the message', () => {
    const heard: DashboardMessage = { ...change(8), type: 'change', heard_ms_ago: { a: 4000 } };
    const seen = applyMessage(applyMessage(undefined, snapshot), heard)?.lastSeenAtMs.get('a');
    expect(seen).to.equal(Date.UTC(2026, 0, 1, 0, 0, 6));
  });
});
