import { expect } from 'chai';
import { type Admission, admit, loaded, release } from '#agent/gate/admit.js';
import { createGateState, type GateState, reportRunners, type Ticket } from '#agent/gate/gate-state.js';
import { observeRunners } from '#agent/gate/observe.js';

const ps = (name: string, contextLength = 4096, digest = name) => ({ name, digest, sizeBytes: 10, vramBytes: 5, contextLength });

describe('observeRunners', () => {
  let state: GateState;

  beforeEach(() => {
    state = createGateState({ slots: 1 });
  });

  it('takes a model over that somebody else loaded, under its name alone', () => {
    expect(observeRunners(state, [ps('a:1')], 10)).to.equal(true);
    expect(reportRunners(state)).to.deep.equal([
      {
        model: 'a:1',
        signature: 'a:1',
        digest: 'a:1',
        state: 'ready',
        slots: 1,
        in_flight: 0,
        size_bytes: 10,
        vram_bytes: 5,
        context_length: 4096,
      },
    ]);
    expect(observeRunners(state, [ps('a:1')], 20), 'the second time nothing changed').to.equal(false);
  });

  describe('a model that somebody else loads', () => {
    const until = (time: string) => [{ ...ps('a:1'), expiresAt: `2026-11-28T${time}.123456789Z` }];
    const stateOfIt = () => reportRunners(state).map((runner) => runner.state);

    beforeEach(() => {
      observeRunners(state, [], 5000);
      observeRunners(state, until('12:05:00'), 10_000);
    });

    it('is loading while its end moves on with the time', () => {
      expect(stateOfIt(), 'at the first look').to.deep.equal(['loading']);
      observeRunners(state, until('12:05:05'), 15_100);
      expect(stateOfIt(), 'at the second').to.deep.equal(['loading']);
    });

    it('is ready once its end stands still, and stays so', () => {
      observeRunners(state, until('12:05:00'), 15_000);
      expect(stateOfIt()).to.deep.equal(['ready']);
      observeRunners(state, until('12:05:05'), 20_000);
      expect(stateOfIt()).to.deep.equal(['ready']);
    });

    it('is ready where the end of one answer after the other moves its end', () => {
      observeRunners(state, until('12:05:03'), 15_000);
      expect(stateOfIt()).to.deep.equal(['ready']);
    });

    it('is ready as soon as it answers a request of ours', () => {
      const ticket = ticketOf(admit(state, { replica: 'r', signature: 'a:1' }, 12_000));
      observeRunners(state, until('12:05:05'), 15_000);
      expect(stateOfIt(), 'before its first byte').to.deep.equal(['loading']);
      loaded(ticket, 16_000);
      release(state, ticket, 17_000);
      observeRunners(state, until('12:05:10'), 20_000);
      expect(stateOfIt()).to.deep.equal(['ready']);
    });

    it('is ready where it was there at the first look, or Ollama does not say when it goes', () => {
      state = createGateState({ slots: 1 });
      observeRunners(state, until('12:05:00'), 10_000);
      observeRunners(state, [...until('12:05:05'), ps('b:1')], 15_000);
      expect(stateOfIt()).to.deep.equal(['ready', 'ready']);
    });
  });

  it('remembers the options that a model was loaded with', () => {
    run('a:1;num_ctx=8192', 0, 5);
    observeRunners(state, [ps('a:1', 8192)], 10);
    expect(signatures()).to.deep.equal(['a:1;num_ctx=8192']);
  });

  it('forgets them when somebody else reloaded it', () => {
    run('a:1;num_ctx=8192', 0, 5);
    observeRunners(state, [ps('a:1', 8192)], 10);
    observeRunners(state, [ps('a:1', 2048)], 20);
    expect(signatures()).to.deep.equal(['a:1']);
  });

  it('drops a model that is gone', () => {
    observeRunners(state, [ps('a:1')], 10);
    observeRunners(state, [], 20);
    expect(signatures()).to.deep.equal([]);
  });

  it('keeps one that was used since the question was put', () => {
    run('a:1', 15, 25);
    observeRunners(state, [], 20);
    expect(signatures()).to.deep.equal(['a:1']);
  });

  it('keeps one that works, though Ollama does not list it yet', () => {
    ticketOf(admit(state, { replica: 'r', signature: 'a:1' }, 0));
    observeRunners(state, [], 20);
    expect(reportRunners(state).map((runner) => runner.state)).to.deep.equal(['loading']);
  });

  it('keeps one that is being unloaded, so that it is not loaded again under the unload', () => {
    state.maxRunners = 1;
    run('a:1', 0, 5);
    ticketOf(admit(state, { replica: 'r', signature: 'b:1' }, 10));
    observeRunners(state, [], 20);
    expect(admit(state, { replica: 'r', signature: 'a:1' }, 30)).to.include({ admitted: false });
  });

  it('knows a model by its digest when Ollama lists it under its other tag', () => {
    state.digests = new Map([['b:1', 'd']]);
    run('b:1', 0, 5);
    observeRunners(state, [ps('a:1', 4096, 'd')], 10);
    expect(signatures()).to.deep.equal(['b:1']);
  });

  function run(signature: string, fromMs: number, toMs: number): void {
    const ticket = ticketOf(admit(state, { replica: 'r', signature }, fromMs));
    loaded(ticket, 0);
    release(state, ticket, toMs);
  }

  function signatures(): string[] {
    return reportRunners(state).map(({ signature }) => signature);
  }
});

function ticketOf(admission: Admission): Ticket {
  if (!admission.admitted) throw new Error(`refused: ${admission.reason}`);
  return admission.ticket;
}
