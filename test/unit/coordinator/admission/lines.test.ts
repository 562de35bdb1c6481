import { expect } from 'chai';
import { createLines, type Served } from '#coordinator/admission/lines.js';
import type { SlotRequest, Waiter } from '#coordinator/admission/slot-request.js';
import { createManualClock } from '../../../support/manual-clock.js';

function aWaiter(caller: string): Waiter {
  const request = {
    line: 'tiny',
    model: 'tiny',
    signature: 'tiny',
    caller,
    priority: 'interactive',
    receivedAtMs: 0,
    promptTokens: 10,
    outputTokens: 200,
    exclude: new Set<string>(),
  } as Partial<SlotRequest> as SlotRequest;
  return { request, resolve: () => {}, reject: () => {}, timeout: { cancel: () => {} } };
}

describe('createLines', () => {
  it('owes nobody several answers for a guess that was too high before the first one was counted', () => {
    const lines = createLines(createManualClock());
    for (const caller of ['early', 'early', 'late', 'late']) lines.add(aWaiter(caller));
    const line = lines.waitingIn('tiny');
    const head = line?.fair.next();
    const served = head && lines.serve(head.waiter.request, head.waiter);
    expect(head?.waiter.request.caller).to.equal('early');
    lines.servedElsewhere('tiny', 'early', 50);
    lines.settle(served as Served, { prompt: 10, output: 40 });
    expect(line?.fair.next()?.waiter.request.caller).to.equal('late');
    expect(line?.fair.next()?.lead).to.be.within(-50, 0);
  });
});
