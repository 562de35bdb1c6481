import type { Request } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createShowLive } from '#coordinator/recording/show-live.js';
import { createManualClock } from '../../../support/manual-clock.js';

function setUp() {
  const clock = createManualClock();
  const shown: string[] = [];
  const live = createShowLive({ clock, show: ({ id, status }) => shown.push(`${id} ${status}`) });
  const change = (id: string, status: Request['status']) => live.changed(id, () => ({ id, status }) as Request);
  return { clock, shown, live, change };
}

describe('createShowLive', () => {
  it('shows a request that is still live after a moment, as it is then', () => {
    const { clock, shown, change } = setUp();
    change('a', 'queued');
    change('a', 'running');
    expect(shown).to.deep.equal([]);
    clock.advance(100);
    expect(shown).to.deep.equal(['a running']);
  });

  it('does not show a request that settled before', () => {
    const { clock, shown, live, change } = setUp();
    change('a', 'running');
    change('b', 'running');
    live.settled('a');
    clock.advance(100);
    expect(shown).to.deep.equal(['b running']);
  });

  it('shows each later change', () => {
    const { clock, shown, change } = setUp();
    change('a', 'queued');
    clock.advance(100);
    change('a', 'running');
    clock.advance(100);
    expect(shown).to.deep.equal(['a queued', 'a running']);
  });
});
