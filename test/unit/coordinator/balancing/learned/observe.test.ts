import type { Attempt } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';
import { createCellStore, KINDS } from '#coordinator/balancing/learned/cells.js';
import type { SpeedSubject } from '#coordinator/balancing/learned/expectations.js';
import { observe } from '#coordinator/balancing/learned/observe.js';
import { readExpectations } from '#coordinator/balancing/learned/read-expectations.js';
import { anAttempt } from '../../../../support/an-attempt.js';

const MODEL = 'llama3:latest';
const SUBJECT: SpeedSubject = { agent: 'desk', model: MODEL, modelBytes: 4e9, vramBytes: 8e9 };

function setUp() {
  const cells = createCellStore();
  let nowMs = 0;
  const known = readExpectations(cells, () => nowMs);
  const tell = (count: number, over: Partial<Attempt> | ((index: number) => Partial<Attempt>)) => {
    for (let index = 0; index < count; index += 1) {
      nowMs += 1000;
      observe(cells, anAttempt(typeof over === 'function' ? over(index) : over), nowMs);
    }
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { cells, known, tell, pass };
}

describe('observe', () => {
  it('reads load, prefill and decode from the final record of Ollama', () => {
    const { known, tell } = setUp();
    tell(1, { runner: 'absent', load_ms: 7000 });
    tell(20, {});
    const { loadS, prefillTokensPerS, decodeTokensPerS } = known.speed(SUBJECT)(1);
    expect(loadS).to.include({ from: 'learned' });
    expect(loadS.mean).to.be.closeTo(7, 0.7);
    expect(prefillTokensPerS.mean).to.be.closeTo(2000, 20);
    expect(decodeTokensPerS.mean).to.be.closeTo(50, 0.5);
  });

  const clocked = { load_ms: undefined, prefill_ms: undefined, decode_ms: undefined, output_tokens: undefined } as const;
  it('takes the coordinator’s clock where there is no such record', () => {
    const { known, tell } = setUp();
    tell(20, { ...clocked, first_byte_ms: 200, total_ms: 4200, chunks: 200 });
    tell(3, { ...clocked, runner: 'absent', first_byte_ms: 9200, total_ms: 13_200, chunks: 200 });
    const { loadS, prefillTokensPerS, decodeTokensPerS } = known.speed(SUBJECT)(1);
    expect(prefillTokensPerS.mean).to.be.closeTo(2000, 100);
    expect(decodeTokensPerS.mean).to.be.closeTo(50, 2);
    expect(loadS.mean).to.be.closeTo(9, 1);
  });

  it('reads the speed of a cancelled stream, and not its length', () => {
    const { known, tell } = setUp();
    const before = known.outputTokens(MODEL, 'tester').mean;
    tell(20, { ...clocked, outcome: 'cancelled', prompt_tokens: undefined, first_byte_ms: 200, total_ms: 1200, chunks: 50 });
    expect(known.speed(SUBJECT)(1).decodeTokensPerS.mean).to.be.closeTo(50, 2);
    expect(known.outputTokens(MODEL, 'tester').mean).to.equal(before);
  });

  it('takes only for a load what the attempt itself began', () => {
    const { known, tell } = setUp();
    const before = known.speed(SUBJECT)(1).loadS.mean;
    tell(5, { runner: 'loading', load_ms: 100, in_flight: 1 });
    tell(5, { runner: 'ready', load_ms: 20 });
    expect(known.speed(SUBJECT)(1).loadS.mean).to.equal(before);
  });

  it('learns how decoding slows down with others on the runner', () => {
    const { known, tell } = setUp();
    tell(40, (index) => {
      const others = index % 4;
      return { in_flight: others, in_flight_after: others, decode_ms: 4000 * (1 + 0.5 * others) };
    });
    expect(known.speed(SUBJECT)(1).decodeTokensPerS.mean).to.be.closeTo(50, 5);
    expect(known.speed(SUBJECT)(4).decodeTokensPerS.mean).to.be.closeTo(20, 3);
  });

  it('knows the answers of a caller apart from those of the others', () => {
    const { known, tell } = setUp();
    tell(30, (index) => (index % 2 ? { caller: 'brief', output_tokens: 20 } : { caller: 'long', output_tokens: 2000 }));
    expect(known.outputTokens(MODEL, 'brief').mean).to.be.within(15, 80);
    expect(known.outputTokens(MODEL, 'long').mean).to.be.within(1000, 3500);
    expect(known.outputTokens(MODEL, 'long', 100)).to.include({ mean: 100, p90: 100 });
    expect(known.outputTokens(MODEL, 'nobody').mean).to.be.within(100, 2500);
  });

  it('learns bytes per token of the model', () => {
    const { known, tell } = setUp();
    tell(30, { body_bytes: 4000, prompt_tokens: 500 });
    expect(known.promptTokens(MODEL, 800).mean).to.be.closeTo(100, 2);
    expect(known.promptTokens('other', 800)).to.include({ mean: 200, from: 'prior' });
  });

  it('learns what a warm prefix saves, and not from it how fast the agent is', () => {
    const { known, tell } = setUp();
    tell(10, {});
    expect(known.speed(SUBJECT)(1).warmSaving).to.equal(undefined);
    tell(10, { prompt_tokens: 1000, warm_tokens: 800, prefill_ms: 180 });
    const { warmSaving, prefillTokensPerS } = known.speed(SUBJECT)(1);
    expect(warmSaving).to.be.closeTo(0.8, 0.03);
    expect(prefillTokensPerS.mean).to.be.closeTo(2000, 20);
  });

  it('passes over a prefill that was warm without anybody having looked', () => {
    const { known, tell } = setUp();
    tell(10, { warm_tokens: undefined });
    tell(10, { warm_tokens: undefined, prefill_ms: 5 });
    expect(known.speed(SUBJECT)(1).prefillTokensPerS.mean).to.be.closeTo(2000, 20);
  });

  it('learns what the way there and back adds', () => {
    const { known, tell } = setUp();
    tell(10, { first_byte_ms: 240 });
    tell(10, { stream: false, first_byte_ms: 4250, total_ms: 4250 });
    expect(known.speed(SUBJECT)(1).overheadS).to.be.closeTo(0.045, 0.006);
  });

  it('guesses of an agent with another model, and of a model on another agent, from what each showed', () => {
    const { known, tell } = setUp();
    const other = { ...SUBJECT, model: 'qwen3:8b', modelBytes: 5e9 };
    const guessed = known.speed(other)(1).decodeTokensPerS.mean;
    tell(20, { decode_ms: 1000 });
    const ratio = known.speed(other)(1).decodeTokensPerS.mean / guessed;
    expect(ratio).to.be.within(1.3, 4);
    expect(known.speed(other)(1).decodeTokensPerS.from).to.equal('prior');
    expect(
      known.speed({ ...SUBJECT, agent: 'lab' })(1).decodeTokensPerS.mean / known.speed({ ...SUBJECT, agent: 'x' })(1).decodeTokensPerS.mean,
    ).to.equal(1);
  });

  it('forgets one bad record of an agent within hours', () => {
    const { known, tell, pass } = setUp();
    tell(1, { runner: 'absent', load_ms: 900_000 });
    expect(known.speed(SUBJECT)(1).loadS.mean).to.be.greaterThan(200);
    pass(2 * 3_600_000);
    expect(known.speed(SUBJECT)(1).loadS.mean).to.be.lessThan(20);
  });

  it('counts what is asked for, less the longer it is ago', () => {
    const { known, tell, pass } = setUp();
    expect(known.demandPerS(MODEL)).to.equal(undefined);
    tell(600, {});
    expect(known.demandPerS(MODEL)).to.be.closeTo(1, 0.1);
    pass(600_000);
    expect(known.demandPerS(MODEL)).to.be.closeTo(1 / 32, 0.01);
  });

  it('learns of a failure only that somebody asked', () => {
    const { cells, tell } = setUp();
    tell(3, { outcome: 'failed' });
    expect(KINDS.filter((kind) => [...cells.entries(kind)].length > 0)).to.deep.equal(['demand']);
  });

  const absurd: readonly [string, Partial<Attempt>][] = [
    ['no duration', { prefill_ms: 0, decode_ms: 0, load_ms: 0 }],
    ['a year', { prefill_ms: 3e10, decode_ms: 3e10, load_ms: 3e10, runner: 'absent' }],
    ['no token', { prompt_tokens: 0, output_tokens: 0 }],
    ['a million tokens in a millisecond', { prompt_tokens: 1e6, prefill_ms: 0.1, output_tokens: 1e6, decode_ms: 0.1 }],
    ['an empty body', { body_bytes: 0 }],
    ['a first byte before the prompt', { first_byte_ms: 0 }],
    ['nothing at all', { ...clocked, prompt_tokens: undefined, first_byte_ms: undefined, chunks: undefined, total_ms: 0 }],
  ];
  for (const [what, over] of absurd) {
    it(`is not misled by a record with ${what}`, () => {
      const { known, tell } = setUp();
      tell(20, {});
      const before = known.speed(SUBJECT)(1);
      tell(3, over);
      const after = known.speed(SUBJECT)(1);
      for (const figure of ['loadS', 'prefillTokensPerS', 'decodeTokensPerS'] as const) {
        expect(after[figure].mean / before[figure].mean, figure).to.be.closeTo(1, 0.35);
      }
      expect(known.promptTokens(MODEL, 1600).mean).to.be.closeTo(400, 150);
    });
  }

  it('stays finite whatever the records say', () => {
    const figure = fc.option(fc.double({ min: 0, max: 1e15, noNaN: true }), { nil: undefined });
    const count = fc.option(fc.nat(1_000_000), { nil: undefined });
    const attempts = fc.array(
      fc.record({
        runner: fc.constantFrom<Attempt['runner']>('absent', 'loading', 'ready', 'unloading'),
        outcome: fc.constantFrom<Attempt['outcome']>('completed', 'failed', 'cancelled'),
        stream: fc.boolean(),
        in_flight: fc.nat(100),
        body_bytes: fc.nat(),
        warm_tokens: figure,
        prompt_tokens: count,
        output_tokens: count,
        chunks: count,
        load_ms: figure,
        prefill_ms: figure,
        decode_ms: figure,
        first_byte_ms: figure,
        total_ms: fc.double({ min: 0, max: 1e15, noNaN: true }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(attempts, (list) => {
        const { known, tell } = setUp();
        for (const over of list) tell(1, over as Partial<Attempt>);
        const { loadS, prefillTokensPerS, decodeTokensPerS, overheadS = 0, warmSaving = 0 } = known.speed(SUBJECT)(3);
        for (const { mean, p90 } of [loadS, prefillTokensPerS, decodeTokensPerS, known.outputTokens(MODEL, 'tester')]) {
          expect(mean).to.be.greaterThan(0).and.below(1e8);
          expect(p90).to.be.greaterThan(0).and.below(1e12);
        }
        expect(overheadS).to.be.within(0, 5);
        expect(warmSaving).to.be.within(0, 1);
      }),
    );
  });

  it('keeps a bounded number of figures, the ones used lately', () => {
    const cells = createCellStore(10);
    for (let index = 0; index < 100; index += 1) observe(cells, anAttempt({ agent_id: `agent-${index}`, caller: `c${index}` }), index);
    for (const kind of KINDS) expect([...cells.entries(kind)].length, kind).to.be.at.most(10);
    expect(cells.get('decode', `agent-99\n${MODEL}`)).to.not.equal(undefined);
  });
});
