import type { Request } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createShowLive } from '#coordinator/recording/show-live.js';
import { createManualClock } from '../../../support/manual-clock.js';

function setUp() {
  const clock = createManualClock();
  const shown: string[] = [];
  const showSoon = createShowLive({ clock, show: ({ id, status }) => shown.push(`${id} ${status}`) });
  return { clock, shown, showSoon };
}

function aLiveRequest(id: string) {
  const request = {
    status: 'queued' as Request['status'],
    isSettled: false,
    isDue: false,
    describe: () => ({ id, status: request.status }) as Request,
  };
  return request;
}

describe('createShowLive', () => {
  it('shows a request that is still live after a moment, as it is then', () => {
    const { clock, shown, showSoon } = setUp();
    const request = aLiveRequest('a');
    showSoon(request);
    request.status = 'running';
    showSoon(request);
    expect(shown).to.deep.equal([]);
    clock.advance(100);
    expect(shown).to.deep.equal(['a running']);
  });

  it('does not show a request that settled before', () => {
    const { clock, shown, showSoon } = setUp();
    const [one, other] = [aLiveRequest('a'), aLiveRequest('b')];
    showSoon(one);
    showSoon(other);
    one.isSettled = true;
    clock.advance(100);
    expect(shown).to.deep.equal(['b queued']);
  });

  it('shows each later change', () => {
    const { clock, shown, showSoon } = setUp();
    const request = aLiveRequest('a');
    showSoon(request);
    clock.advance(100);
    request.status = 'running';
    showSoon(request);
    clock.advance(100);
    expect(shown).to.deep.equal(['a queued', 'a running']);
  });
});
