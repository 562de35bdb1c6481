import { expect } from 'chai';
import { type Admission, admit, loaded, release } from '#agent/gate/admit.js';
import { RESIDENCY, updateClaims } from '#agent/gate/claims.js';
import { createGateState, type GateState, reportRunners, type Ticket } from '#agent/gate/gate-state.js';
import { issueGrants, setWants, watchOpened } from '#agent/gate/grants.js';

const want = (signature: string, waitedMs: number, evict: string[] = []) => ({
  signature,
  priority: 0,
  virtual_time: 0,
  waiting: 1,
  waited_ms: waitedMs,
  evict,
});
const LOAD_MS = 5000;
/** While it lasts a wanted model stays. */
const STAYS_MS = LOAD_MS + RESIDENCY.loads * LOAD_MS;

describe('updateClaims', () => {
  let state: GateState;

  /** Room for two models of one slot each; a and b are loaded and busy, since 0 ms. */
  beforeEach(() => {
    state = createGateState({ slots: 1, maxRunners: 2 });
    watchOpened(state, 'r1');
    watchOpened(state, 'r2');
    for (const signature of ['a:1', 'b:1']) loaded(ticketOf(admit(state, { replica: 'r1', signature }, 0)), LOAD_MS);
  });

  const closing = () => [...state.runners].filter((runner) => runner.closing).map(({ signature }) => signature);
  const claim = (nowMs: number) => {
    updateClaims(state, nowMs);
    return closing();
  };

  it('closes nothing before a wanted model had its time', () => {
    setWants(state, 'r2', { wants: [want('c:1', 60_000)] }, STAYS_MS - 1);
    expect(claim(STAYS_MS - 1)).to.deep.equal([]);
    expect(claim(STAYS_MS)).to.have.lengthOf(1);
  });

  it('closes nothing before the claimant waited that long', () => {
    setWants(state, 'r2', { wants: [want('c:1', 0)] }, 100_000);
    expect(claim(100_000 + RESIDENCY.loads * LOAD_MS - 1)).to.deep.equal([]);
    expect(claim(100_000 + RESIDENCY.loads * LOAD_MS)).to.have.lengthOf(1);
  });

  it('closes the one that the coordinator names, and lets nothing more into it', () => {
    setWants(state, 'r2', { wants: [want('c:1', 60_000, ['b:1'])] }, 100_000);
    expect(claim(100_000)).to.deep.equal(['b:1']);
    expect(reportRunners(state).map(({ signature, state: shown }) => `${signature} ${shown}`)).to.deep.equal([
      'a:1 ready',
      'b:1 unloading',
    ]);
    state.slots = 2;
    expect(admit(state, { replica: 'r1', signature: 'b:1' }, 100_000)).to.deep.equal({
      admitted: false,
      reason: 'the model makes room for another one',
    });
    expect(admit(state, { replica: 'r1', signature: 'a:1' }, 100_000).admitted).to.equal(true);
  });

  it('gives the room to the claimant once what runs there has ended, whoever else waits for the closed model', () => {
    setWants(state, 'r1', { wants: [want('b:1', 1000)] }, 100_000);
    setWants(state, 'r2', { wants: [want('c:1', 60_000, ['b:1'])] }, 100_000);
    expect(claim(100_000)).to.deep.equal(['b:1']);
    finish('b:1', 101_000);
    const [lease] = issueGrants(state, 101_000, () => 'g');
    expect(lease).to.include({ replica: 'r2', signature: 'c:1' });
    expect(lease?.victims.map(({ signature }) => signature)).to.deep.equal(['b:1']);
    expect(claim(101_000), 'until the lease is used').to.deep.equal(['b:1']);
    expect(admit(state, { replica: 'r1', signature: 'b:1' }, 101_005).admitted).to.equal(false);
    expect(admit(state, { replica: 'r2', signature: 'c:1', grantId: 'g' }, 101_010).admitted).to.equal(true);
    expect(claim(101_010)).to.deep.equal([]);
  });

  it('opens it again when the claimant went elsewhere', () => {
    setWants(state, 'r2', { wants: [want('c:1', 60_000)] }, 100_000);
    expect(claim(100_000)).to.have.lengthOf(1);
    setWants(state, 'r2', { wants: [] }, 100_500);
    expect(claim(100_500)).to.deep.equal([]);
  });

  it('does not let a claimant pass those who wait nearly as long for the loaded models, until twice the time', () => {
    const waits = RESIDENCY.loads * LOAD_MS;
    setWants(state, 'r1', { wants: [want('a:1', 10_000), want('b:1', 10_000)] }, 100_000);
    setWants(state, 'r2', { wants: [want('c:1', 10_000 + waits - 1)] }, 100_000);
    expect(claim(100_000)).to.deep.equal([]);
    setWants(state, 'r2', { wants: [want('c:1', 10_000 + waits)] }, 100_000);
    expect(claim(100_000)).to.have.lengthOf(1);
    setWants(state, 'r1', { wants: [want('a:1', 90_000), want('b:1', 90_000)] }, 100_000);
    expect(claim(100_000)).to.deep.equal([]);
    setWants(state, 'r2', { wants: [want('c:1', 2 * waits)] }, 100_000);
    expect(claim(100_000)).to.have.lengthOf(1);
  });

  it('serves one claimant at a time, the one that waits longest', () => {
    setWants(state, 'r1', { wants: [want('d:1', 70_000, ['a:1'])] }, 100_000);
    setWants(state, 'r2', { wants: [want('c:1', 60_000, ['b:1'])] }, 100_000);
    expect(claim(100_000)).to.deep.equal(['a:1']);
  });

  it('closes none that is pinned, whatever the coordinator names', () => {
    state.pinned = new Set(['a:1']);
    setWants(state, 'r2', { wants: [want('c:1', 60_000, ['a:1'])] }, 100_000);
    expect(claim(100_000)).to.deep.equal(['b:1']);
    state.pinned = new Set(['a:1', 'b:1']);
    expect(claim(100_000)).to.deep.equal([]);
  });

  it('closes a model for the same one with other options', () => {
    setWants(state, 'r2', { wants: [want('a:1;num_ctx=8192', 60_000)] }, 100_000);
    expect(claim(100_000)).to.deep.equal(['a:1']);
  });

  /** a and b are both wanted without end; each request takes a second. */
  it('bounds the wait of each and the share of loading, whatever is asked of two models that do not fit together', () => {
    state = createGateState({ slots: 1, maxRunners: 1 });
    watchOpened(state, 'r1');
    const since: Record<string, number> = { 'a:1': 0, 'b:1': 0 };
    const served: Record<string, number> = { 'a:1': 0, 'b:1': 0 };
    let loads = 0;
    let longestMs = 0;
    for (let nowMs = 0; nowMs < 600_000; ) {
      setWants(state, 'r1', { wants: Object.entries(since).map(([signature, fromMs]) => want(signature, nowMs - fromMs)) }, nowMs);
      updateClaims(state, nowMs);
      const lease = issueGrants(state, nowMs, () => 'g')[0];
      if (!lease) {
        nowMs += 500;
        continue;
      }
      longestMs = Math.max(longestMs, nowMs - (since[lease.signature] ?? 0));
      const ticket = ticketOf(admit(state, { replica: 'r1', signature: lease.signature, grantId: lease.id }, nowMs));
      if (ticket.runner?.state === 'loading') {
        loads += 1;
        for (const victim of ticket.victims) state.runners.delete(victim);
        ticket.runner.awaitsRoom = false;
        nowMs += LOAD_MS;
        loaded(ticket, nowMs);
      }
      nowMs += 1000;
      release(state, ticket, nowMs);
      since[lease.signature] = nowMs;
      served[lease.signature] = (served[lease.signature] ?? 0) + 1;
    }
    expect(longestMs).to.be.below(2 * STAYS_MS);
    expect((loads * LOAD_MS) / 600_000).to.be.below(1 / RESIDENCY.loads);
    expect(Math.min(...Object.values(served))).to.be.greaterThan(150);
  });

  function finish(signature: string, nowMs: number): void {
    for (const runner of state.runners) {
      if (runner.signature !== signature) continue;
      runner.inFlight = 0;
      runner.lastUsedMs = nowMs;
    }
  }
});

function ticketOf(admission: Admission): Ticket {
  if (!admission.admitted) throw new Error(`refused: ${admission.reason}`);
  return admission.ticket;
}
