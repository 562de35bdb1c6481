import { AppError } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { answerFirstAble, type Turn } from '#coordinator/pipeline/answer-first-able.js';

const unknown = new AppError('UNKNOWN_MODEL', { details: { sentence: 'not found' } });
const bad = new AppError('BAD_REQUEST', { details: { reason: 'no' } });

async function run(failures: Readonly<Record<string, AppError | undefined>>) {
  const turns: [string, Turn][] = [];
  const failure = await answerFirstAble(Object.keys(failures), async (model, turn) => {
    turns.push([model, turn]);
    const error = failures[model];
    if (error) throw error;
  }).catch((error: unknown) => error);
  return { turns, failure };
}

describe('answerFirstAble', () => {
  it('stops at the first that answers', async () => {
    const { turns, failure } = await run({ a: undefined, b: undefined });
    expect(failure).to.equal(undefined);
    expect(turns).to.deep.equal([['a', { isLast: false, after: undefined }]]);
  });

  it('goes on after one that nobody has, and tells the next why', async () => {
    const { turns } = await run({ a: unknown, b: undefined });
    expect(turns[1]).to.deep.equal(['b', { isLast: true, after: unknown }]);
  });

  it('throws what the last one failed with', async () => {
    expect((await run({ a: unknown, b: unknown })).failure).to.equal(unknown);
  });

  it('does not try others where the request itself is wrong', async () => {
    const { turns, failure } = await run({ a: bad, b: undefined });
    expect({ failure, tried: turns.length }).to.deep.equal({ failure: bad, tried: 1 });
  });
});
