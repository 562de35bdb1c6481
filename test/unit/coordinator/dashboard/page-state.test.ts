import type { DashboardMessage } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { applyMessage } from '#coordinator/dashboard/page-state.js';
import { toAgent } from '#coordinator/registry/to-agent.js';
import { anAgent, aRequest } from '../../../support/scripted-fleet.js';

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

  it('keeps what no message changed as the object that it was', () => {
    const agent = toAgent(anAgent({ id: 'a' }));
    const told: DashboardMessage = { ...snapshot, type: 'snapshot', agents: [agent], requests: [aRequest({ id: 'q' })] };
    const before = applyMessage(undefined, told);
    const heard = applyMessage(before, { ...change(8), type: 'change', heard_ms_ago: { a: 0 } });
    expect(heard?.agents).to.equal(before?.agents);
    expect(heard?.requests).to.equal(before?.requests);
    const again = applyMessage(heard, structuredClone({ ...told, agents: [{ ...agent, last_seen_at: '2026-01-01T00:01:00.000Z' }] }));
    expect(again?.agents.get('a')).to.equal(before?.agents.get('a'));
    expect(again?.requests.get('q')).to.equal(before?.requests.get('q'));
    expect(again?.lastSeenAtMs.get('a')).to.equal(Date.UTC(2026, 0, 1, 0, 1));
    const other = applyMessage(before, { ...told, agents: [{ ...agent, tier: 3 }] });
    expect(other?.agents.get('a')?.tier).to.equal(3);
  });
});
