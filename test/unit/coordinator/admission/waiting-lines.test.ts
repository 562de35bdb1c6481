import { type AppError, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { WantingHead } from '#coordinator/admission/announce-wants.js';
import { GRANT_PATIENCE_MS } from '#coordinator/admission/asked-agents.js';
import type { PlaceRules, SlotRequest } from '#coordinator/admission/slot-request.js';
import { createWaitingLines, type QueuePlace } from '#coordinator/admission/waiting-lines.js';
import type { Assignment, Placement } from '#coordinator/balancing/create-balancing.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import type { Grant } from '#coordinator/registry/watch-fleet.js';

/** One agent with a number of free slots, and lines in front of it. */
function setUp({ free = 0, limit = 10, timeoutMs = 60_000 } = {}) {
  const timers: { dueMs: number; run: () => void }[] = [];
  let nowMs = 0;
  const clock = {
    ...systemClock,
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimeout: (run: () => void, delayMs: number) => {
      const timer = { dueMs: nowMs + delayMs, run };
      timers.push(timer);
      return { cancel: () => void timers.splice(timers.indexOf(timer) >>> 0, 1) };
    },
  };
  const state = { free, served: [] as string[], wants: [] as string[], wanted: [] as ReadonlyMap<string, readonly WantingHead[]>[] };
  const lines = createWaitingLines({
    limit,
    timeoutMs,
    clock,
    onWants: (wants) => {
      state.wants.push([...wants.keys()].join());
      state.wanted.push(wants);
    },
  });
  const place = (name: string, { exclude, grantedBy, asked }: PlaceRules): Placement => {
    if (exclude.has('a') || (grantedBy !== undefined && grantedBy !== 'a'))
      return { kind: 'reject', code: 'NO_CANDIDATE', details: { reason: 'excluded' } };
    if ((state.free === 0 || asked?.has('a')) && grantedBy === undefined)
      return { kind: 'wait', agent: { id: 'a' } as AgentRecord, why: 'full', evict: [], workS: 1, isAsked: state.free > 0 };
    if (grantedBy === undefined) state.free -= 1;
    state.served.push(name);
    return { kind: 'assigned', name, agent: { id: 'a' } } as unknown as Assignment;
  };
  const acquire = (name: string, request: Partial<SlotRequest> = {}, onQueued: (place: QueuePlace) => void = () => {}) =>
    lines.acquire(
      {
        id: name,
        line: 'm',
        model: 'm',
        signature: 'm',
        caller: 'anna',
        promptTokens: 10,
        outputTokens: 90,
        priority: 'interactive',
        receivedAtMs: 0,
        waitedMs: 0,
        exclude: new Set(),
        wouldStart: () => false,
        place: (rules) => place(name, rules),
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
  /** The agent has a slot, and gives it to who is next here. */
  const grant = (given: Partial<Grant> = {}) => lines.granted('a', { grantId: 'g-1', signature: 'm', leaseMs: 50, ...given });
  return { lines, state, acquire, pass, grant };
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
    void acquire('stuck', { place: () => ({ kind: 'wait', agent: { id: 'b' } as AgentRecord, why: 'full', evict: [], workS: 1 }) });
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
    const gone = acquire('gone', {}, (place) => {
      abandon = place.abandon;
    }).catch((error: Error) => error.message);
    abandon(new Error('the client left'));
    expect(await gone).to.equal('the client left');
    state.free = 1;
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal([]);
    expect(lines.waiting()).to.equal(0);
  });

  it('leaves an agent that said busy alone until it grants a slot', async () => {
    const { acquire, lines, state, grant } = setUp({ free: 1 });
    lines.turnedAway({ agent: { id: 'a' } } as unknown as Assignment, 'm');
    void acquire('one');
    lines.capacityChanged();
    await settled();
    expect(state.served).to.deep.equal([]);
    grant();
    expect(state.served).to.deep.equal(['one']);
  });

  it('takes no slot of an agent that it asked for one, unless that seems to have one for long and grants none', async () => {
    const { acquire, lines, state, pass } = setUp();
    void acquire('one');
    await settled();
    state.free = 1;
    lines.capacityChanged(['a']);
    await settled();
    expect(state.served).to.deep.equal([]);
    pass(GRANT_PATIENCE_MS + 1);
    await settled();
    expect(state.served).to.deep.equal(['one']);
  });

  it('asks the agents that the head would rather have, and tells them of those behind it', async () => {
    const { acquire, state } = setUp();
    const wait = { kind: 'wait', agent: { id: 'a' } as AgentRecord, why: 'full', evict: [], workS: 1 } as const;
    const place: SlotRequest['place'] = () => ({ ...wait, others: [{ agent: 'b', evict: ['n'] }] });
    for (const name of ['one', 'two', 'three']) void acquire(name, { place });
    await settled();
    expect([...(state.wanted.at(-1)?.keys() ?? [])]).to.deep.equal(['a', 'b']);
    expect(
      state.wanted
        .at(-1)
        ?.get('b')
        ?.map(({ waiting }) => waiting),
    ).to.deep.equal([1, 3]);
  });

  it('asks an agent that said busy again after a pause, report or not', async () => {
    const { acquire, lines, state, pass } = setUp({ free: 1 });
    lines.turnedAway({ agent: { id: 'a' } } as unknown as Assignment, 'm');
    void acquire('one');
    pass(300);
    await settled();
    expect(state.served).to.deep.equal(['one']);
  });

  it('tells which agent is waited for, and once that none is', async () => {
    const { acquire, state, grant } = setUp();
    void acquire('one');
    await settled();
    grant();
    await settled();
    expect(state.wants).to.deep.equal(['a', '']);
  });

  it('sends who is next to the agent that granted a slot, though its last report said that none is free', async () => {
    const { acquire, state, grant } = setUp();
    const one = acquire('one');
    grant();
    expect((await one).grantId).to.equal('g-1');
    expect(state.served).to.deep.equal(['one']);
  });

  describe('with a request in front that an agent failed, and that waits for another one', () => {
    const failed: Partial<SlotRequest> = {
      exclude: new Set(['a']),
      place: () => ({ kind: 'wait', agent: { id: 'b' } as AgentRecord, why: 'full', evict: [], workS: 1 }),
    };

    it('places who may go to the agent that has a slot, in their order', async () => {
      const { acquire, lines, state } = setUp();
      void acquire('failed', failed);
      for (const [index, name] of ['two', 'three', 'four'].entries()) void acquire(name, { receivedAtMs: index + 1 });
      state.free = 2;
      lines.capacityChanged();
      await settled();
      expect(state.served).to.deep.equal(['two', 'three']);
      expect(lines.waiting()).to.equal(2);
    });

    it('does so also where the last in line was failed as well', async () => {
      const { acquire, lines, state } = setUp();
      void acquire('failed', failed);
      void acquire('two', { receivedAtMs: 1 });
      void acquire('last', { ...failed, receivedAtMs: 2 });
      state.free = 1;
      lines.capacityChanged();
      await settled();
      expect(state.served).to.deep.equal(['two']);
    });

    it('asks the agents of both, and gives a granted slot to who may use it', async () => {
      const { acquire, state, grant } = setUp();
      void acquire('failed', failed);
      void acquire('two', { receivedAtMs: 1 });
      await settled();
      expect(state.wants.at(-1)).to.equal('b,a');
      grant();
      await settled();
      expect(state.served).to.deep.equal(['two']);
      expect(state.wants.at(-1)).to.equal('b');
    });
  });

  it('places nobody before a request that was turned away until that is back in its place', async () => {
    const { acquire, lines, state, grant } = setUp();
    const single = acquire('single', { caller: 'zoe' });
    for (const index of [1, 2]) void acquire(`flood-${index}`, { caller: 'bert', receivedAtMs: index });
    state.free = 1;
    lines.capacityChanged();
    const assignment = await single;
    state.free = 1;
    lines.turnedAway(assignment, 'm');
    await settled();
    expect(state.served).to.deep.equal(['single']);
    void acquire('single again', { caller: 'zoe' });
    grant();
    expect(state.served).to.deep.equal(['single', 'single again']);
  });

  it('leaves a grant for another signature, or of an agent that will not do, alone', async () => {
    const { acquire, lines, state, grant } = setUp();
    void acquire('one', {
      exclude: new Set(['a']),
      place: () => ({ kind: 'wait', agent: { id: 'b' } as AgentRecord, why: 'full', evict: [], workS: 1 }),
    });
    grant();
    grant({ signature: 'm;num_ctx=8192' });
    await settled();
    expect(state.served).to.deep.equal([]);
    expect(lines.waiting()).to.equal(1);
  });

  it('lets a caller who sends one at a time pass one who sends many, and goes on in turn', async () => {
    const { acquire, lines, state, grant } = setUp();
    const flood = Array.from({ length: 4 }, (_, index) => acquire(`flood-${index}`, { caller: 'bert', receivedAtMs: index }));
    state.free = 1;
    lines.capacityChanged();
    lines.settled(await (flood[0] as Promise<Assignment>), { prompt: 10, output: 90 });
    const single = acquire('single', { caller: 'zoe', receivedAtMs: 10 });
    grant();
    lines.settled(await single, { prompt: 10, output: 90 });
    grant();
    expect(state.served).to.deep.equal(['flood-0', 'single', 'flood-1']);
  });

  it('makes the caller who has most waiting give way when the queue is full', async () => {
    const { acquire, lines } = setUp({ limit: 3 });
    const flood = Array.from({ length: 3 }, (_, index) => codeOf(acquire(`flood-${index}`, { caller: 'bert', receivedAtMs: index })));
    const single = codeOf(acquire('single', { caller: 'zoe', receivedAtMs: 10 }));
    expect(await flood[2]).to.equal('QUEUE_FULL');
    expect(lines.waiting()).to.equal(3);
    lines.close();
    expect(await single).to.equal('SHUTTING_DOWN');
  });

  it('makes batch requests give way to interactive ones when the queue is full, and never the other way round', async () => {
    const { acquire } = setUp({ limit: 3 });
    const codes = [
      acquire('interactive-1', { caller: 'bert', receivedAtMs: 0 }),
      acquire('batch-1', { caller: 'zoe', priority: 'batch', receivedAtMs: 1 }),
      acquire('batch-2', { caller: 'zoe', priority: 'batch', receivedAtMs: 2 }),
      acquire('batch-3', { caller: 'mia', priority: 'batch', receivedAtMs: 3 }),
      acquire('interactive-2', { caller: 'bert', receivedAtMs: 4 }),
      acquire('interactive-3', { caller: 'bert', receivedAtMs: 5 }),
    ].map(codeOf);
    expect([await codes[2], await codes[3], await codes[1]]).to.deep.equal(['QUEUE_FULL', 'QUEUE_FULL', 'QUEUE_FULL']);
    expect(await codeOf(acquire('batch-4', { caller: 'mia', priority: 'batch', receivedAtMs: 6 }))).to.equal('QUEUE_FULL');
  });

  describe('when a line is slow', () => {
    /** Ten requests waited a second each; `waiting` more wait. */
    async function slowLine(waiting: number, limit = 100) {
      const setup = setUp({ limit, timeoutMs: 20_000 });
      const { acquire, grant, pass } = setup;
      for (let index = 0; index < 10; index += 1) {
        void acquire(`served-${index}`);
        pass(1000);
        grant();
      }
      for (let index = 0; index < waiting; index += 1)
        void acquire(`waiting-${index}`, { caller: `caller-${index}`, receivedAtMs: index }).catch(() => {});
      await settled();
      return setup;
    }
    const refusalOf = (promise: Promise<unknown>) =>
      promise.then(
        () => undefined,
        (error: AppError) => error,
      );

    it('turns away at once who would wait longer than it may, and says when to come back', async () => {
      const { acquire, lines } = await slowLine(25);
      expect(lines.waiting()).to.equal(20);
      const refusal = await refusalOf(acquire('late', { caller: 'late', receivedAtMs: 99 }));
      expect(refusal).to.include({ code: 'WAIT_TOO_LONG', status: 503 });
      expect(refusal?.message).to.include('about 21 s');
      expect(refusal?.retryAfterS).to.equal(1);
      expect(lines.waiting()).to.equal(20);
    });

    it('says to who waited in vain to come back when those that wait have been served', async () => {
      const { acquire, pass } = await slowLine(4);
      const refusal = refusalOf(acquire('last', { caller: 'last', receivedAtMs: 99 }));
      await settled();
      pass(20_000);
      expect(await refusal).to.include({ code: 'QUEUE_TIMEOUT' });
      expect((await refusal)?.retryAfterS).to.be.within(1.5, 6);
    });

    it('says the same to who finds it full', async () => {
      const { acquire } = await slowLine(9, 10);
      const refusal = await refusalOf(acquire('late', { caller: 'caller-0', receivedAtMs: 99 }));
      expect(refusal).to.include({ code: 'QUEUE_FULL', retryAfterS: 10 });
    });

    it('turns batch work away at half of that', async () => {
      const { acquire } = await slowLine(12);
      expect(await refusalOf(acquire('batch', { priority: 'batch', caller: 'late', receivedAtMs: 99 }))).to.include({
        code: 'WAIT_TOO_LONG',
        retryAfterS: 3,
      });
      void acquire('interactive', { caller: 'late' });
      await settled();
    });

    it('keeps who was taken on before', async () => {
      const { acquire, lines } = await slowLine(20);
      void acquire('back', { caller: 'late', waitedMs: 1, receivedAtMs: 99 });
      await settled();
      expect(lines.waiting()).to.equal(21);
    });
  });

  it('keeps room for other lines', async () => {
    const { acquire, lines } = setUp({ limit: 10 });
    const codes = Array.from({ length: 10 }, (_, index) => codeOf(acquire(`m-${index}`, { caller: `c-${index}`, receivedAtMs: index })));
    expect(await codes[9]).to.equal('QUEUE_FULL');
    void codeOf(acquire('other', { line: 'n', model: 'n', signature: 'n' }));
    expect(lines.waiting()).to.equal(10);
    lines.close();
  });

  it('says at which place it waits', async () => {
    const { acquire } = setUp();
    const places: number[] = [];
    for (const name of ['one', 'two', 'three']) void acquire(name, {}, ({ position }) => places.push(position));
    void acquire('single', { caller: 'zoe' }, ({ position }) => places.push(position));
    await settled();
    expect(places.slice(0, 3)).to.deep.equal([1, 2, 3]);
    expect(places[3]).to.be.at.most(2);
  });

  it('tells who waits that the coordinator shuts down', async () => {
    const { acquire, lines } = setUp();
    const outcome = codeOf(acquire('one'));
    lines.close();
    expect(await outcome).to.equal('SHUTTING_DOWN');
  });
});
