import type { Attempt } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';
import { createLearnedState, type LearnedState, type RecordedAttempt } from '#coordinator/balancing/learned/learned-state.js';
import { attemptKey } from '#coordinator/balancing/learned/own-attempts.js';
import { anAttempt } from '../../../../support/an-attempt.js';
import { createManualClock } from '../../../../support/manual-clock.js';

const SUBJECT = { agent: 'desk', model: 'llama3:latest', modelBytes: 4e9, vramBytes: 8e9 };

function setUp() {
  return createLearnedState({ clock: createManualClock() });
}

function recorded(attempts: readonly Attempt[], fromMs = 1000): RecordedAttempt[] {
  return attempts.map((attempt, index) => ({ key: attemptKey(attempt), atMs: fromMs + index, read: () => attempt }));
}

/** Of another speed each. */
function attempts(count: number, over: Partial<Attempt> = {}): Attempt[] {
  return Array.from({ length: count }, (_, index) => anAttempt({ request_id: `r${index}`, decode_ms: 4000 + 300 * (index % 7), ...over }));
}

const decodeOf = (state: LearnedState) => state.speed(SUBJECT)(1).decodeTokensPerS;

describe('createLearnedState', () => {
  it('applies what this replica saw at once', () => {
    const state = setUp();
    state.attempted(anAttempt());
    expect(decodeOf(state)).to.include({ from: 'learned' });
  });

  it('takes in one of a crowd only where the stream does not bring it soon', () => {
    const clock = createManualClock();
    const state = createLearnedState({ clock });
    const told: unknown[] = [];
    state.onLearned({ learned: (agents) => told.push(agents && [...agents]), seen: () => {} });
    const [first, second, third] = ['desk', 'lab', 'den'].map((agent, index) => anAttempt({ agent_id: agent, request_id: `r${index}` }));
    for (const attempt of [first, second, third]) if (attempt) state.attempted(attempt);
    expect(told).to.deep.equal([['desk']]);
    clock.advance(100);
    state.attempted(anAttempt({ agent_id: 'loft', request_id: 'r4' }));
    state.fold(recorded([second as Attempt]));
    expect(told).to.deep.equal([['desk'], ['lab']]);
    clock.advance(400);
    expect(told).to.deep.equal([['desk'], ['lab'], ['den']]);
    clock.advance(500);
    expect(told).to.deep.equal([['desk'], ['lab'], ['den'], ['loft']]);
  });

  it('takes in what is too much to wait for the stream', () => {
    const state = setUp();
    const told: unknown[] = [];
    state.onLearned({ learned: (agents) => told.push(agents), seen: () => {} });
    for (const attempt of attempts(2002)) state.attempted(attempt);
    expect(told).to.have.length(2);
  });

  it('counts an attempt once, though it saw it itself and reads it from the stream, twice', () => {
    const own = setUp();
    const other = setUp();
    const list = attempts(20);
    for (const attempt of list) own.attempted(attempt);
    own.fold(recorded(list));
    own.fold(recorded(list.slice(15), 5000));
    other.fold(recorded(list));
    expect(own.save()).to.deep.equal(other.save());
    expect(decodeOf(own)).to.deep.equal(decodeOf(other));
  });

  it('reaches the same figures as every other replica, whoever saw what first', () => {
    const owners = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(owners, fc.infiniteStream(fc.boolean()), (list, mayRead) => {
        const replicas = [setUp(), setUp(), setUp()];
        const stream: RecordedAttempt[] = [];
        const cursors = [0, 0, 0];
        const read = (index: number) => {
          replicas[index]?.fold(stream.slice(cursors[index]));
          cursors[index] = stream.length;
        };
        list.forEach((owner, index) => {
          const attempt = anAttempt({ request_id: `r${index}`, decode_ms: 1000 + 500 * (index % 9) });
          replicas[owner]?.attempted(attempt);
          stream.push(...recorded([attempt], 1000 + index));
          cursors.forEach((_, replica) => {
            if (mayRead.next().value) read(replica);
          });
        });
        cursors.forEach((_, replica) => {
          read(replica);
        });
        const [first, ...others] = replicas.map((state) => ({ saved: state.save(), decode: decodeOf(state) }));
        for (const other of others) expect(other).to.deep.equal(first);
      }),
    );
  });

  it('goes on from a checkpoint as if it had seen everything', () => {
    const whole = setUp();
    const restarted = setUp();
    const list = attempts(40);
    whole.fold(recorded(list.slice(0, 25)));
    const saved = JSON.parse(JSON.stringify(whole.save()));
    expect(restarted.restore(saved)).to.equal(true);
    for (const state of [whole, restarted]) state.fold(recorded(list.slice(25), 2000));
    expect(restarted.save()).to.deep.equal(whole.save());
  });

  it('refuses a checkpoint of another version', () => {
    const state = setUp();
    state.fold(recorded(attempts(3)));
    const before = state.save();
    expect(state.restore({ ...before, version: -1 })).to.equal(false);
    expect(state.save()).to.deep.equal(before);
  });

  it('keeps what it saw while the stream does not come, and bounds it', () => {
    const state = setUp();
    for (const attempt of attempts(9000)) state.attempted(attempt);
    expect(decodeOf(state)).to.include({ from: 'learned' });
    state.fold([]);
    expect(decodeOf(state)).to.include({ from: 'learned' });
  });

  it('forgets an agent that was removed', () => {
    const state = setUp();
    state.fold(recorded([...attempts(5), ...attempts(5, { agent_id: 'lab' }).map((attempt) => ({ ...attempt, attempt: 2 }))]));
    state.forget('desk');
    expect(JSON.stringify(state.save().cells)).to.not.include('desk');
    expect(JSON.stringify(state.save().cells)).to.include('lab');
  });

  it('says of which agents something was learned', () => {
    const state = setUp();
    const told: unknown[] = [];
    const seen: string[] = [];
    state.onLearned({ learned: (agents) => told.push(agents && [...agents]), seen: ({ agent_id: agent }) => seen.push(agent) });
    state.attempted(anAttempt());
    state.fold(recorded([anAttempt({ request_id: 'r2', agent_id: 'lab' })]));
    state.restore(state.save());
    expect(told).to.deep.equal([['desk'], ['lab'], undefined]);
    expect(seen, 'of others').to.deep.equal(['lab']);
  });

  it('passes over an entry that cannot be read', () => {
    const state = setUp();
    state.fold([{ key: 'x 1', atMs: 1, read: () => undefined }]);
    expect(state.size()).to.equal(0);
  });
});
