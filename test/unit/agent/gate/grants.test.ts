import { randomUUID } from 'node:crypto';
import { GRANT_LEASE_MS } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { type Admission, admit, loaded, release } from '#agent/gate/admit.js';
import { createGateState, type GateState, type Ticket } from '#agent/gate/gate-state.js';
import { issueGrants, nextExpiryMs, setWants, watchClosed, watchOpened } from '#agent/gate/grants.js';

const want = (signature: string, priority: number, virtualTime: number, waiting = 1) => ({
  signature,
  priority,
  virtual_time: virtualTime,
  waiting,
  waited_ms: 0,
  evict: [],
});

describe('issueGrants', () => {
  let state: GateState;
  let running: Ticket;

  /** One slot, taken; replicas r1 and r2 watch. */
  beforeEach(() => {
    state = createGateState({ slots: 1, maxRunners: 1 });
    running = ticketOf(admit(state, { replica: 'r1', signature: 'a:1' }, 0));
    loaded(running, 0);
    watchOpened(state, 'r1');
    watchOpened(state, 'r2');
  });

  it('grants nothing while no slot is free', () => {
    setWants(state, 'r1', { wants: [want('a:1', 0, 1)] }, 0);
    expect(grants(1)).to.deep.equal([]);
  });

  const orders: { name: string; r1: ReturnType<typeof want>[]; r2: ReturnType<typeof want>[]; winner: string }[] = [
    { name: 'the lower virtual time first', r1: [want('a:1', 0, 20)], r2: [want('a:1', 0, 10)], winner: 'r2 a:1' },
    { name: 'the lower priority number before it', r1: [want('a:1', 0, 20)], r2: [want('a:1', 1, 10)], winner: 'r1 a:1' },
    {
      name: 'who waits for the loaded model before it makes room for another',
      r1: [want('b:1', 0, 5)],
      r2: [want('a:1', 0, 10)],
      winner: 'r2 a:1',
    },
    {
      name: 'of two that need a load the one that waits longest',
      r1: [want('b:1', 0, 5)],
      r2: [{ ...want('c:1', 0, 10), waited_ms: 50 }],
      winner: 'r2 c:1',
    },
    { name: 'nobody who waits for nothing', r1: [want('a:1', 0, 5, 0)], r2: [want('a:1', 1, 10)], winner: 'r2 a:1' },
  ];
  for (const { name, r1, r2, winner } of orders) {
    it(`serves ${name}`, () => {
      setWants(state, 'r1', { wants: r1 }, 0);
      setWants(state, 'r2', { wants: r2 }, 0);
      release(state, running, 10);
      expect(grants(10)).to.deep.equal([winner]);
    });
  }

  it('keeps the slot for the granted replica', () => {
    setWants(state, 'r2', { wants: [want('a:1', 0, 1)] }, 0);
    release(state, running, 10);
    const [lease] = issueGrants(state, 10, () => 'g1');
    expect(lease).to.include({ id: 'g1', replica: 'r2', expiresMs: 10 + GRANT_LEASE_MS });
    expect(nextExpiryMs(state)).to.equal(10 + GRANT_LEASE_MS);
    expect(admit(state, { replica: 'r1', signature: 'a:1' }, 11)).to.deep.equal({
      admitted: false,
      reason: 'the free slots of the model are promised',
    });
    expect(admit(state, { replica: 'r1', signature: 'a:1', grantId: 'g1' }, 11).admitted, 'with the grant of another').to.equal(false);
    expect(admit(state, { replica: 'r2', signature: 'a:1', grantId: 'g1' }, 11).admitted).to.equal(true);
    expect(state.leases.size).to.equal(0);
  });

  it('lets the granted replica use its slot without naming the grant', () => {
    setWants(state, 'r2', { wants: [want('a:1', 0, 1)] }, 0);
    release(state, running, 10);
    grants(10);
    expect(admit(state, { replica: 'r2', signature: 'a:1' }, 11).admitted).to.equal(true);
    expect(state.leases.size).to.equal(0);
  });

  it('keeps the runner that a grant will evict', () => {
    setWants(state, 'r2', { wants: [want('b:1', 0, 1)] }, 0);
    release(state, running, 10);
    issueGrants(state, 10, () => 'g1');
    expect(admit(state, { replica: 'r1', signature: 'a:1' }, 11).admitted).to.equal(false);
    const admission = admit(state, { replica: 'r2', signature: 'b:1', grantId: 'g1' }, 12);
    expect(ticketOf(admission).victims[0]?.signature).to.equal('a:1');
  });

  it('passes the slot on when the lease runs out', () => {
    setWants(state, 'r1', { wants: [want('a:1', 0, 1)] }, 0);
    setWants(state, 'r2', { wants: [want('a:1', 1, 99)] }, 0);
    release(state, running, 10);
    expect(grants(10)).to.deep.equal(['r1 a:1']);
    expect(grants(10 + GRANT_LEASE_MS - 1)).to.deep.equal([]);
    expect(grants(10 + GRANT_LEASE_MS)).to.deep.equal(['r2 a:1']);
  });

  it('forgets a want whose grants run out three times', () => {
    setWants(state, 'r1', { wants: [want('a:1', 0, 1)] }, 0);
    release(state, running, 0);
    const issued = [0, 1, 2, 3, 4].map((round) => grants(round * GRANT_LEASE_MS).length);
    expect(issued).to.deep.equal([1, 1, 1, 0, 0]);
    expect(admit(state, { replica: 'r2', signature: 'a:1' }, 1000).admitted).to.equal(true);
  });

  it('grants as many slots as are free, and no more than are waited for', () => {
    state.slots = 4;
    setWants(state, 'r1', { wants: [want('a:1', 0, 1, 2)] }, 0);
    expect(grants(1)).to.deep.equal(['r1 a:1', 'r1 a:1']);
    setWants(state, 'r2', { wants: [want('a:1', 0, 1, 9)] }, 0);
    expect(grants(1)).to.deep.equal(['r2 a:1']);
  });

  it('lets nobody load on the strength of room that is still to be made', () => {
    state.maxRunners = 2;
    state.slots = 4;
    setWants(state, 'r2', { wants: [want('b:1', 0, 1, 3)] }, 0);
    state.maxRunnerBytes = 10;
    state.seenBytes.set('a:1', 6).set('b:1', 5);
    release(state, running, 10);
    expect(grants(10)).to.deep.equal(['r2 b:1']);
  });

  it('lets nobody else load either before that room is made', () => {
    state.maxRunners = 3;
    state.maxRunnerBytes = 9;
    state.seenBytes.set('a:1', 6).set('b:1', 4).set('c:1', 5);
    setWants(state, 'r2', { wants: [want('b:1', 0, 1)] }, 0);
    release(state, running, 10);
    expect(grants(10)).to.deep.equal(['r2 b:1']);
    expect(admit(state, { replica: 'r1', signature: 'c:1' }, 11)).to.deep.equal({
      admitted: false,
      reason: 'another model is being unloaded',
    });
  });

  it('grants the slots of a model that is to be loaded, no more than it has', () => {
    state.maxRunners = 2;
    state.slots = 2;
    setWants(state, 'r2', { wants: [want('b:1', 0, 1, 3)] }, 0);
    expect(grants(10)).to.deep.equal(['r2 b:1', 'r2 b:1']);
  });

  it('voids what a replica waited for when its watch closes', () => {
    setWants(state, 'r1', { wants: [want('a:1', 0, 1)] }, 0);
    setWants(state, 'r2', { wants: [want('a:1', 0, 2)] }, 0);
    release(state, running, 10);
    expect(grants(10)).to.deep.equal(['r1 a:1']);
    watchClosed(state, 'r1');
    expect(grants(10)).to.deep.equal(['r2 a:1']);
  });

  it('grants nothing to a replica without a watch, nor while draining', () => {
    watchClosed(state, 'r2');
    setWants(state, 'r2', { wants: [want('a:1', 0, 1)] }, 0);
    release(state, running, 10);
    expect(grants(10)).to.deep.equal([]);
    watchOpened(state, 'r2');
    state.draining = true;
    expect(grants(10)).to.deep.equal([]);
  });

  function grants(nowMs: number): string[] {
    return issueGrants(state, nowMs, randomUUID).map(({ replica, signature }) => `${replica} ${signature}`);
  }
});

function ticketOf(admission: Admission): Ticket {
  if (!admission.admitted) throw new Error(`refused: ${admission.reason}`);
  return admission.ticket;
}
