import { expect } from 'chai';
import { firstAnswer } from '#coordinator/fleet/first-answer.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { anAgent } from '../../../support/scripted-fleet.js';

const agents = ['a', 'b', 'c'].map((id) => anAgent({ id }));

/** An agent's answer that the test gives. */
function ask(hedgeMs: number | undefined) {
  const clock = createManualClock();
  const asked: { id: string; answer: (text: string) => void; fail: (why: string) => void; signal: AbortSignal }[] = [];
  const answer = firstAnswer(
    agents,
    ({ id }, signal) =>
      new Promise<string>((resolve, reject) => {
        asked.push({ id, answer: resolve, fail: (why) => reject(new Error(why)), signal });
      }),
    { hedgeMs, clock },
  );
  return { clock, asked, answer, turn: () => new Promise(setImmediate) };
}

describe('firstAnswer', () => {
  it('asks one, and no other where that one answers', async () => {
    const { asked, answer, clock } = ask(1000);
    asked[0]?.answer('yes');
    expect(await answer).to.equal('yes');
    clock.advance(5000);
    expect(asked.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('asks the next at once when one fails', async () => {
    const { asked, answer, turn } = ask(undefined);
    asked[0]?.fail('refused');
    await turn();
    asked[1]?.answer('yes');
    expect(await answer).to.equal('yes');
  });

  it('asks the next as well when one is silent, and gives up the slower one', async () => {
    const { asked, answer, clock } = ask(1000);
    clock.advance(999);
    expect(asked).to.have.lengthOf(1);
    clock.advance(1);
    expect(asked).to.have.lengthOf(2);
    asked[1]?.answer('yes');
    expect(await answer).to.equal('yes');
    expect(asked.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
  });

  it('never asks twice what must not be done twice', () => {
    const { asked, clock } = ask(undefined);
    clock.advance(60_000);
    expect(asked).to.have.lengthOf(1);
  });

  it('fails as the last one did when all have failed', async () => {
    const { asked, answer, turn } = ask(undefined);
    const ended = answer.catch((error: Error) => error.message);
    for (const why of ['one', 'two', 'three']) {
      asked.at(-1)?.fail(why);
      await turn();
    }
    expect(await ended).to.equal('three');
    expect(asked).to.have.lengthOf(3);
  });
});
