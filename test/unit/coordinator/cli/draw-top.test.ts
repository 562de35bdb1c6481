import { expect } from 'chai';
import { drawTop } from '#coordinator/cli/draw-top.js';
import { createDashboardFeed } from '#coordinator/dashboard/dashboard-feed.js';
import { applyMessage, type PageState } from '#coordinator/dashboard/page-state.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { anAgent, aRequest, createScriptedFleet } from '../../../support/scripted-fleet.js';

const NOW_MS = Date.UTC(2026, 0, 1, 0, 0, 10);

describe('drawTop', () => {
  const stateOf = (agents: Parameters<typeof anAgent>[0][], requests: Parameters<typeof aRequest>[0][] = []): PageState => {
    const feed = createDashboardFeed(
      {
        fleet: createScriptedFleet(...agents.map(anAgent)),
        clock: createManualClock(),
        replicaId: 'r1',
        coordinatorVersion: '1',
        redisState: () => 'up',
      },
      () => {},
    );
    feed.nextChange();
    for (const request of requests) feed.requestChanged(aRequest(request));
    const state = applyMessage(undefined, feed.snapshot());
    feed.close();
    if (state === undefined) throw new Error('a snapshot is a state');
    return state;
  };

  it('shows totals, the busy agents first, and the latest requests', () => {
    const state = stateOf(
      [{ id: 'idle' }, { id: 'busy', inFlightByReplica: { r1: 3 } }, { id: 'away', status: 'offline' }],
      [{ id: 'q1', agent_name: 'busy', output_tokens: 12 }],
    );
    const lines = drawTop(state, NOW_MS, { columns: 120, rows: 30 });
    expect(lines[0]).to.match(/^2 of 3 agents online · 3 running · 0 waiting · redis up/);
    expect(lines.slice(3, 6).map((line) => line.split(' ')[0])).to.deep.equal(['busy', 'idle', 'away']);
    expect(lines[3]).to.match(/3\/4 +20% +40% +- +- +10s/);
    expect(lines.at(-1)).to.match(/^q1 +completed +busy +llama3.2:3b +0.0s +- +1.2s +12$/);
  });

  it('keeps to the terminal, however many agents and requests there are', () => {
    const agents = Array.from({ length: 200 }, (_, index) => ({ id: `agent-${index}` }));
    const requests = Array.from({ length: 200 }, (_, index) => ({ id: `q${index}` }));
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 20, rows: 8 },
    ]) {
      const lines = drawTop(stateOf(agents, requests), NOW_MS, size);
      expect(lines.length).to.be.at.most(size.rows);
      expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(size.columns);
    }
  });

  it('lets no name steer the terminal', () => {
    const lines = drawTop(stateOf([{ id: 'a', name: 'evil\x1b[2J\u202e' }]), NOW_MS, { columns: 120, rows: 30 });
    expect(lines.join(''))
      .to.contain('evil?[2J?')
      .and.not.to.match(/[\p{Cc}\p{Cf}]/u);
  });
});
