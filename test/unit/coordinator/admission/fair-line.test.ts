import { expect } from 'chai';
import { createFairLine, type FairLine } from '#coordinator/admission/fair-line.js';
import { BATCH_AGEING_MS, type SlotRequest, type Waiter } from '#coordinator/admission/slot-request.js';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.js';

const COST = 100;

function aWaiter(clock: ManualClock, caller: string, over: Partial<SlotRequest> = {}): Waiter {
  const request = {
    id: caller,
    caller,
    priority: 'interactive',
    exclude: new Set<string>(),
    receivedAtMs: clock.now(),
    ...over,
  } as SlotRequest;
  return { request, resolve: () => {}, reject: () => {}, timeout: { cancel: () => {} } };
}

/** Serves the next one; returns its caller. */
function serveNext(line: FairLine, cost = COST): string {
  const head = line.next();
  if (!head) return '';
  line.settle(line.serve(head.waiter.request, head.waiter, cost), cost);
  return head.waiter.request.caller;
}

function setUp() {
  const clock = createManualClock();
  const line = createFairLine(clock);
  const add = (caller: string, over?: Partial<SlotRequest>) => {
    clock.advance(1);
    const waiter = aWaiter(clock, caller, over);
    line.add(waiter);
    return waiter;
  };
  const addMany = (caller: string, count: number) => Array.from({ length: count }, () => add(caller));
  const serveMany = (count: number, cost = COST) => Array.from({ length: count }, () => serveNext(line, cost));
  return { clock, line, add, addMany, serveMany };
}

describe('createFairLine', () => {
  it('serves callers in turn, however many each of them has waiting', () => {
    const { addMany, serveMany } = setUp();
    addMany('bert', 50);
    addMany('zoe', 5);
    const served = serveMany(10);
    expect(served.filter((caller) => caller === 'zoe')).to.have.lengthOf(5);
  });

  it('divides tokens, not requests', () => {
    const { line, addMany } = setUp();
    addMany('long', 50);
    addMany('short', 200);
    const tokens: Record<string, number> = { long: 0, short: 0 };
    for (let index = 0; index < 100; index += 1) {
      const caller = line.next()?.waiter.request.caller ?? '';
      const cost = caller === 'long' ? 1000 : 100;
      serveNext(line, cost);
      tokens[caller] = (tokens[caller] ?? 0) + cost;
    }
    expect(Math.abs((tokens.long ?? 0) - (tokens.short ?? 0))).to.be.at.most(1000);
  });

  it('never lets one that sends singly wait for more than what runs already', () => {
    const { line, add, addMany, serveMany } = setUp();
    addMany('bert', 200);
    serveMany(20);
    for (let round = 0; round < 50; round += 1) {
      serveNext(line);
      add('zoe');
      expect(serveNext(line), `round ${round}`).to.equal('zoe');
    }
  });

  it('does so as well while what other replicas serve is heard of one request late', () => {
    const { line, add, addMany } = setUp();
    addMany('bert', 200);
    line.servedElsewhere('bert', COST);
    for (let round = 0; round < 50; round += 1) {
      const zoe = add('zoe');
      expect(line.next()?.waiter, `round ${round}`).to.equal(zoe);
      serveNext(line);
      if (round > 0) line.servedElsewhere('bert', COST);
    }
  });

  it('gives a caller who was away no credit for it', () => {
    const { addMany, serveMany } = setUp();
    addMany('bert', 200);
    serveMany(100);
    addMany('zoe', 50);
    const served = serveMany(40).filter((caller) => caller === 'zoe');
    expect(served.length).to.be.within(18, 23);
  });

  it('charges what a request cost in truth once that is known', () => {
    const { line, addMany } = setUp();
    addMany('bert', 10);
    addMany('zoe', 10);
    const first = line.next();
    if (first) line.settle(line.serve(first.waiter.request, first.waiter, COST), 10 * COST);
    const served = Array.from({ length: 9 }, () => serveNext(line));
    expect(served).to.deep.equal(Array(9).fill('zoe'));
  });

  it('charges what another replica served', () => {
    const { line, addMany, serveMany } = setUp();
    addMany('bert', 10);
    addMany('zoe', 10);
    line.servedElsewhere('bert', 5 * COST);
    expect(serveMany(5)).to.deep.equal(Array(5).fill('zoe'));
  });

  it('serves interactive requests first, and a batch request once it waited long', () => {
    const { clock, line, add } = setUp();
    const batch = add('bert', { priority: 'batch' });
    const interactive = add('zoe');
    expect(line.next()?.waiter).to.equal(interactive);
    clock.advance(BATCH_AGEING_MS);
    add('zoe');
    expect(line.next()?.waiter).to.equal(batch);
  });

  it('shows a lead that does not depend on when the line began', () => {
    const { line, addMany, serveMany } = setUp();
    addMany('bert', 200);
    serveMany(3);
    const early = line.next()?.lead;
    serveMany(100);
    expect(line.next()?.lead).to.equal(early).and.to.equal(COST);
  });

  it('counts the places before a request as they will be served', () => {
    const { line, add, addMany } = setUp();
    addMany('bert', 20);
    serveNext(line);
    const zoe = add('zoe');
    const last = addMany('bert', 1)[0] as Waiter;
    expect(line.positionOf(zoe, COST)).to.equal(1);
    expect(line.positionOf(last, COST)).to.equal(21);
    expect(line.inOrder(COST).indexOf(zoe)).to.equal(0);
    expect(line.inOrder(COST).indexOf(last)).to.equal(20);
  });

  it('keeps the place of a request that comes back', () => {
    const { clock, line, addMany } = setUp();
    const back = aWaiter(clock, 'bert', { receivedAtMs: clock.now() - 10 });
    addMany('bert', 3);
    line.add(back);
    expect(line.next()?.waiter).to.equal(back);
    expect(line.remove(back)).to.equal(true);
    expect(line.remove(back)).to.equal(false);
    expect(line.size).to.equal(3);
  });
});
