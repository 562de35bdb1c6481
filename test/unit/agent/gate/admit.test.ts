import { expect } from 'chai';
import { type Admission, admit, evicted, evictionFailed, loaded, release } from '#agent/gate/admit.js';
import { createGateState, type GateState, reportRunners, type Ticket } from '#agent/gate/gate-state.js';

describe('admit', () => {
  it('counts by replica and by runner, and gives the slot back once', () => {
    const state = createGateState({ slots: 2 });
    const one = ticketOf(admit(state, { replica: 'r1', signature: 'a:1' }, 0));
    const other = ticketOf(admit(state, { replica: 'r2', signature: 'a:1' }, 0));
    expect(Object.fromEntries(state.inFlightByReplica)).to.deep.equal({ r1: 1, r2: 1 });
    expect(brief(state)).to.deep.equal(['a:1 loading 2/2']);
    release(state, one, 1);
    release(state, one, 1);
    expect(Object.fromEntries(state.inFlightByReplica)).to.deep.equal({ r2: 1 });
    loaded(other, 0);
    expect(brief(state)).to.deep.equal(['a:1 ready 1/2']);
  });

  it('lets a request without a model through, since it needs no runner', () => {
    const state = createGateState({ slots: 1 });
    const ticket = ticketOf(admit(state, { replica: 'r1', signature: '' }, 0));
    expect(ticket.runner).to.equal(undefined);
    expect(brief(state)).to.deep.equal([]);
    release(state, ticket, 1);
    expect(state.inFlightByReplica.size).to.equal(0);
  });

  it('keeps the victim counted until it is gone', () => {
    const state = fullGate();
    const ticket = ticketOf(admit(state, { replica: 'r1', signature: 'b:1' }, 5));
    expect(ticket.victims[0]?.signature).to.equal('a:1');
    expect(brief(state)).to.deep.equal(['a:1 unloading 0/1', 'b:1 loading 1/1']);
    evicted(state, ticket);
    expect(brief(state)).to.deep.equal(['b:1 loading 1/1']);
  });

  it('lets nobody ask for a model whose room is still being made', () => {
    const state = fullGate();
    state.slots = 2;
    const ticket = ticketOf(admit(state, { replica: 'r1', signature: 'b:1' }, 5));
    expect(admit(state, { replica: 'r1', signature: 'b:1' }, 6)).to.include({ admitted: false });
    evicted(state, ticket);
    expect(admit(state, { replica: 'r1', signature: 'b:1' }, 7)).to.include({ admitted: true });
  });

  it('takes the victim back and the ticket away when it cannot be unloaded', () => {
    const state = fullGate();
    const ticket = ticketOf(admit(state, { replica: 'r1', signature: 'b:1' }, 5));
    evictionFailed(state, ticket, new Set(), 6);
    expect(brief(state)).to.deep.equal(['a:1 ready 0/1']);
    expect(state.inFlightByReplica.size).to.equal(0);
    release(state, ticket, 7);
    expect(state.inFlightByReplica.size).to.equal(0);
  });

  it('takes back only the victims that stayed', () => {
    const state = fullGate();
    state.maxRunners = 2;
    loaded(ticketOf(admit(state, { replica: 'r1', signature: 'c:1' }, 3)), 0);
    for (const runner of state.runners) runner.inFlight = 0;
    state.inFlightByReplica.clear();
    state.maxRunnerBytes = 10;
    state.seenBytes.set('a:1', 4).set('c:1', 4).set('b:1', 9);
    const ticket = ticketOf(admit(state, { replica: 'r1', signature: 'b:1' }, 5));
    expect(ticket.victims.map(({ signature }) => signature)).to.deep.equal(['a:1', 'c:1']);
    evictionFailed(state, ticket, new Set(ticket.victims.slice(0, 1)), 6);
    expect(brief(state)).to.deep.equal(['c:1 ready 0/1']);
  });

  it('replaces an idle runner whose options differ', () => {
    const state = fullGate();
    const ticket = ticketOf(admit(state, { replica: 'r1', signature: 'a:1;num_ctx=8192' }, 5));
    expect(ticket.victims).to.deep.equal([]);
    expect(brief(state)).to.deep.equal(['a:1;num_ctx=8192 loading 1/1']);
  });
});

/** One runner allowed, one loaded and idle. */
function fullGate(): GateState {
  const state = createGateState({ slots: 1, maxRunners: 1 });
  const ticket = ticketOf(admit(state, { replica: 'r1', signature: 'a:1' }, 0));
  loaded(ticket, 0);
  release(state, ticket, 1);
  return state;
}

function ticketOf(admission: Admission): Ticket {
  if (!admission.admitted) throw new Error(`refused: ${admission.reason}`);
  return admission.ticket;
}

function brief(state: GateState): string[] {
  return reportRunners(state).map((runner) => `${runner.signature} ${runner.state} ${runner.in_flight}/${runner.slots}`);
}
