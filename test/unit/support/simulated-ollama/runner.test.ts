import { expect } from 'chai';
import { createRunner, type Measured } from '#simulator/ollama/engine/runner.js';
import { completeModel, type ModelSpec } from '#simulator/ollama/model.js';
import { createManualClock } from '../../../support/manual-clock.js';

const SPEED = { name: 'm', prefillTokensPerS: 1000, decodeTokensPerS: 100 } as const;

function startRunner(spec: ModelSpec, slots: number) {
  const clock = createManualClock();
  const runner = createRunner({ model: completeModel(spec, '2026-01-01T00:00:00Z'), slots, clock, speedFactor: () => 1 });
  const ends: { readonly name: string; readonly atMs: number; readonly measured?: Measured; readonly failure?: string }[] = [];
  const firstTokens: Record<string, number> = {};
  let emitted = 0;

  function generate(name: string, { prompt = name, promptTokens = 100, outputTokens = 10, takes = (): boolean => true } = {}) {
    return runner.generate({
      prompt,
      promptTokens,
      outputTokens,
      onToken: () => {
        firstTokens[name] ??= clock.monotonic();
        emitted += 1;
        return takes();
      },
      onEnd: (measured) => ends.push({ name, atMs: clock.monotonic(), measured }),
      onFailure: (failure) => ends.push({ name, atMs: clock.monotonic(), failure }),
    });
  }

  return { clock, runner, generate, ends, firstTokens, emitted: () => emitted };
}

describe('simulated runner', () => {
  it('takes the time of prefill and decode, and reports it', () => {
    const { clock, generate, ends, firstTokens } = startRunner(SPEED, 1);
    generate('a');
    clock.advance(1000);
    expect(firstTokens.a).to.equal(110);
    expect(ends).to.deep.equal([{ name: 'a', atMs: 200, measured: { promptEvalMs: 100, evalCount: 10, evalMs: 100 } }]);
  });

  it('serves first come, first served, as many at once as it has slots', () => {
    const { clock, generate, ends } = startRunner(SPEED, 2);
    for (const name of ['a', 'b', 'c']) generate(name, { promptTokens: 1, outputTokens: name === 'a' ? 5 : 20 });
    clock.advance(60);
    expect(ends.map(({ name }) => name)).to.deep.equal(['a']);
    clock.advance(1000);
    expect(ends.map(({ name }) => name)).to.deep.equal(['a', 'b', 'c']);
  });

  it('slows down with the streams it decodes at once', () => {
    const alone = startRunner({ ...SPEED, decodeSlowdown: 0.5 }, 4);
    alone.generate('a', { promptTokens: 1, outputTokens: 100 });
    alone.clock.advance(5000);
    const crowded = startRunner({ ...SPEED, decodeSlowdown: 0.5 }, 4);
    for (const name of ['a', 'b', 'c']) crowded.generate(name, { promptTokens: 1, outputTokens: 100 });
    crowded.clock.advance(5000);
    expect(alone.ends[0]?.atMs).to.be.closeTo(1001, 5);
    expect(crowded.ends.map(({ atMs }) => Math.round(atMs / 100))).to.deep.equal([20, 20, 20]);
  });

  it('does not evaluate again what a free slot has of the prompt', () => {
    const { clock, generate, ends } = startRunner(SPEED, 2);
    const prompt = 'p'.repeat(99);
    generate('a', { prompt });
    clock.advance(1000);
    generate('b', { prompt: `${prompt}q`, promptTokens: 101 });
    clock.advance(1000);
    expect(ends.map(({ measured }) => measured?.promptEvalMs)).to.deep.equal([100, 2]);
  });

  it('answers at once, one token after the other, at infinite speed', async () => {
    const { clock, generate, ends, emitted } = startRunner({ name: 'm' }, 1);
    for (const name of ['a', 'b', 'c']) generate(name, { outputTokens: 1000 });
    await new Promise(setImmediate);
    expect(clock.monotonic()).to.equal(0);
    expect(ends.map(({ name }) => name)).to.deep.equal(['a', 'b', 'c']);
    expect(emitted()).to.equal(3000);
  });

  it('keeps its speed when tokens come faster than the timer', () => {
    const { clock, generate, ends } = startRunner({ ...SPEED, decodeTokensPerS: 5000 }, 1);
    generate('a', { promptTokens: 1, outputTokens: 5000 });
    clock.advance(5000);
    expect(ends[0]?.atMs).to.be.closeTo(1000, 5);
  });

  it('holds back for a reader that is too slow, and goes on where it was', () => {
    const { clock, generate, ends, emitted } = startRunner(SPEED, 1);
    let takes = false;
    const running = generate('a', { promptTokens: 1, takes: () => takes });
    clock.advance(5000);
    expect(emitted()).to.equal(1);
    takes = true;
    running.resume();
    clock.advance(1000);
    expect(emitted()).to.equal(10);
    expect(ends.length).to.equal(1);
  });

  describe('when the client leaves', () => {
    it('forgets one that waits', () => {
      const { clock, generate, ends } = startRunner(SPEED, 1);
      generate('a');
      generate('b').cancel();
      generate('c');
      clock.advance(1000);
      expect(ends.map(({ name }) => name)).to.deep.equal(['a', 'c']);
      expect(ends[1]?.atMs).to.equal(400);
    });

    it('frees the slot of one that decodes at once', () => {
      const { clock, generate, ends } = startRunner(SPEED, 1);
      const leaving = generate('a');
      generate('b', { promptTokens: 1, outputTokens: 1 });
      clock.advance(150);
      leaving.cancel();
      clock.advance(100);
      expect(ends.map(({ name, atMs }) => [name, atMs])).to.deep.equal([['b', 161]]);
    });

    it('notices in prefill only at the first token', () => {
      const { clock, generate, ends, emitted } = startRunner(SPEED, 1);
      const leaving = generate('a', { promptTokens: 500 });
      generate('b', { promptTokens: 1, outputTokens: 1 });
      clock.advance(100);
      leaving.cancel();
      clock.advance(350);
      expect(ends).to.deep.equal([]);
      clock.advance(200);
      expect(ends.map(({ name, atMs }) => [name, atMs])).to.deep.equal([['b', 521]]);
      expect(emitted()).to.equal(1);
    });
  });

  it('fails everyone when it dies', () => {
    const { clock, runner, generate, ends } = startRunner(SPEED, 1);
    for (const name of ['a', 'b']) generate(name);
    clock.advance(150);
    runner.die('gone');
    clock.advance(1000);
    expect(ends.map(({ name, failure }) => [name, failure])).to.deep.equal([
      ['a', 'gone'],
      ['b', 'gone'],
    ]);
  });
});
