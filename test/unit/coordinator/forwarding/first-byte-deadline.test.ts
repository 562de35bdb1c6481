import { expect } from 'chai';
import { startFirstByteDeadline } from '#coordinator/forwarding/first-byte-deadline.js';
import { isWorkingOn } from '#coordinator/registry/is-working-on.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { anAgent } from '../../../support/scripted-fleet.js';

const TIMEOUT_MS = 10_000;

function setUp(isWorking?: () => boolean) {
  const clock = createManualClock();
  let missedMs: number | undefined;
  const deadline = startFirstByteDeadline({
    clock,
    timeoutMs: TIMEOUT_MS,
    isWorking,
    onMissed: () => {
      missedMs = clock.monotonic();
    },
  });
  const missedWithin = (ms: number) => {
    clock.advance(ms);
    return missedMs;
  };
  return { deadline, missedWithin };
}

describe('startFirstByteDeadline', () => {
  it('gives a stream its time and no more', () => {
    expect(setUp().missedWithin(60_000)).to.equal(TIMEOUT_MS);
  });

  it('gives an answer in one piece five times as long while its agent works on it', () => {
    expect(setUp(() => true).missedWithin(60_000)).to.equal(5 * TIMEOUT_MS);
  });

  it('ends it within a second after the agent reports that it does not', () => {
    let isWorking = true;
    const { missedWithin } = setUp(() => isWorking);
    expect(missedWithin(TIMEOUT_MS + 5500)).to.equal(undefined);
    isWorking = false;
    expect(missedWithin(1000)).to.be.at.most(TIMEOUT_MS + 6500);
  });

  it('ends it at its time where the agent never said so', () => {
    expect(setUp(() => false).missedWithin(60_000)).to.equal(TIMEOUT_MS);
  });

  it('is over when it is cancelled, also after it was prolonged', () => {
    const { deadline, missedWithin } = setUp(() => true);
    missedWithin(TIMEOUT_MS + 1500);
    deadline.cancel();
    expect(missedWithin(600_000)).to.equal(undefined);
  });
});

describe('isWorkingOn', () => {
  const runner = { model: 'm', signature: 'm', digest: '', state: 'ready', slots: 1, in_flight: 1, size_bytes: 0, vram_bytes: 0 } as const;
  const working = { id: 'a', runners: [runner], inFlightByReplica: { us: 1 } };
  const cases: readonly [string, Parameters<typeof isWorkingOn>[0], boolean][] = [
    ['an agent that reports our request', anAgent(working), true],
    ['one that drains', anAgent({ ...working, status: 'draining', state: 'draining' }), true],
    ['one whose watch is lost', anAgent({ ...working, status: 'suspect' }), false],
    ['one whose Ollama is down', anAgent({ ...working, state: 'ollama_down' }), false],
    ['one that works for another replica only', anAgent({ ...working, inFlightByReplica: { them: 1 } }), false],
    ['one whose runner is idle', anAgent({ ...working, runners: [{ ...runner, in_flight: 0 }] }), false],
    ['one that left', undefined, false],
  ];
  for (const [name, agent, expected] of cases) {
    it(`is ${expected} of ${name}`, () => expect(isWorkingOn(agent, 'us', 'm')).to.equal(expected));
  }
});
