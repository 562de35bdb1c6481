import { type AppError, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { SlotRequest } from '#coordinator/admission/slot-request.js';
import { createWaitingLines } from '#coordinator/admission/waiting-lines.js';
import type { Assignment, Placement } from '#coordinator/balancing/create-balancing.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';

/** One agent with a number of free slots, and lines in front of it. */
function setUp({ free = 0, limit = 10, timeoutMs = 60_000 } = {}) {
  const timers: { dueMs: number; run: () => void }[] = [];
  let nowMs = 0;
  const clock = {
    ...systemClock,
    monotonic: () => nowMs,
    setTimeout: (run: () => void, delayMs: number) => {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.push(timer);
      return { cancel: () => void timers.splice(timers.indexOf(timer) >>> 0, 1) };
    },
  };
  const state = { free, served: [] as string[], wants: [] as string[] };
  const lines = createWaitingLines({ limit, timeoutMs, clock, onWants: (wants) => state.wants.push([...wants.keys()].join()) });
  const place = (name: string, exclude: ReadonlySet<string>): Placement => {
    if (exclude.has('a')) return { kind: 'reject', code: 'NO_CANDIDATE', details: { reason: 'excluded' } };
    if (state.free === 0) return { kind: 'wait', agent: { id: 'a' } as AgentRecord, why: 'full' };
    state.free -= 1;
    state.served.push(name);
    return { kind: 'assigned', name } as unknown as Assignment;
  };
  const acquire = (name: string, request: Partial<SlotRequest> = {}, onQueued: (abandon: (reason: Error) => void) => void = () => {}) =>
    lines.acquire(
      {
        line: 'm',
        signature: 'm',
        priority: 'interactive',
        receivedAtMs: 0,
        waitedMs: 0,
        exclude: new Set(),
        place: (exclude) => place(name, exclude),
        ...request,
      },
      onQueued,
    );
  const pass = (ms: number) => {
    nowMs += ms;
    for (const timer of timers.filter(({ dueMs }) => dueMs <= nowMs)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.run();
    }
  };
  return { lines, state, acquire, pass };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'assigned',
    (error: AppError) => error.code,
  );

describe('createWaitingLines', () => {
  it('gives a free slot at once', async () => {
    const { acquire, lines } = setUp({ free: 1 });
    expect(await codeOf(acquire('one'))).to.equal('assigned');
    expect(lines.waiting()).to.equal(0);
  });

  it('serves who came first when slots become free', async () => {
    const { acquire, lines, state } = setUp();
    for (const [index, name] of ['one', 'two', 'three'].entries()) void acquire(name, { receivedAtMs: index });
    state.free = 2;
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal(['one', 'two']);
    expect(lines.waiting()).to.equal(1);
  });

  it('does not let a newcomer pass the line', async () => {
    const { acquire, lines, state } = setUp();
    void acquire('one');
    state.free = 1;
    void acquire('newcomer', { receivedAtMs: 1 });
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal(['one']);
  });

  it('serves interactive requests before batch ones', async () => {
    const { acquire, lines, state } = setUp();
    void acquire('batch', { priority: 'batch', receivedAtMs: 0 });
    void acquire('interactive', { receivedAtMs: 1 });
    state.free = 1;
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal(['interactive']);
  });

  it('keeps one line from holding up another', async () => {
    const { acquire, lines, state } = setUp();
    void acquire('stuck', { place: () => ({ kind: 'wait', agent: { id: 'b' } as AgentRecord, why: 'full' }) });
    void acquire('other', { line: 'n' });
    state.free = 1;
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal(['other']);
  });

  it('refuses when too many wait, and says when to come back', async () => {
    const { acquire } = setUp({ limit: 1 });
    void acquire('one');
    const refusal = await acquire('two').catch((error: AppError) => error);
    expect(refusal).to.include({ code: 'QUEUE_FULL', status: 503 });
    expect((refusal as AppError).retryAfterS).to.be.at.least(1);
  });

  it('gives up after the longest wait', async () => {
    const { acquire, pass, lines } = setUp({ timeoutMs: 1000 });
    const outcome = codeOf(acquire('one'));
    pass(1001);
    expect(await outcome).to.equal('QUEUE_TIMEOUT');
    expect(lines.waiting()).to.equal(0);
  });

  it('forgets a request whose client left', async () => {
    const { acquire, lines, state } = setUp();
    let abandon = (_reason: Error) => {};
    const gone = acquire('gone', {}, (given) => {
      abandon = given;
    }).catch((error: Error) => error.message);
    abandon(new Error('the client left'));
    expect(await gone).to.equal('the client left');
    state.free = 1;
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal([]);
    expect(lines.waiting()).to.equal(0);
  });

  it('leaves an agent that said busy alone until it reports a change', async () => {
    const { acquire, lines, state } = setUp({ free: 1 });
    lines.noteBusy('a', 'm');
    void acquire('one');
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal([]);
    lines.capacityChanged(['a']);
    await settled();
    expect(state.served).to.deep.equal(['one']);
  });

  it('asks an agent that said busy again after a pause, report or not', async () => {
    const { acquire, lines, state, pass } = setUp({ free: 1 });
    lines.noteBusy('a', 'm');
    void acquire('one');
    pass(300);
    await settled();
    expect(state.served).to.deep.equal(['one']);
  });

  it('tells which agent is waited for, and once that none is', async () => {
    const { acquire, lines, state } = setUp();
    void acquire('one');
    await settled();
    state.free = 1;
    lines.capacityChanged();
    await settled();
    expect(state.wants).to.deep.equal(['a', '']);
  });

  it('tells who waits that the coordinator shuts down', async () => {
    const { acquire, lines } = setUp();
    const outcome = codeOf(acquire('one'));
    lines.close();
    expect(await outcome).to.equal('SHUTTING_DOWN');
  });
});
