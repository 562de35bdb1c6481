import { expect } from 'chai';
import { createWarmPrefixes } from '#coordinator/balancing/warm-prefixes.js';

const runner = (signature: string, slots: number) => ({ signature, slots });
const prompt = (...prefix: string[]) => ({ prefix, bodyBytes: 1000 * prefix.length });

describe('createWarmPrefixes', () => {
  it('knows the latest prompts of a runner, one per slot', () => {
    const warm = createWarmPrefixes();
    for (const name of ['a', 'b', 'c']) warm.sent('desk', runner('m', 2), prompt(`${name}1`, `${name}2`));
    expect([...warm.on('desk', 'm').warm].sort()).to.deep.equal(['b1', 'b2', 'c1', 'c2']);
    expect(warm.on('desk', 'other').warm.size).to.equal(0);
    expect(warm.on('lab', 'm').warm.size).to.equal(0);
  });

  it('puts a prompt in the place of the one that it goes on with', () => {
    const warm = createWarmPrefixes();
    warm.sent('desk', runner('m', 2), prompt('a1'));
    warm.sent('desk', runner('m', 2), prompt('b1'));
    warm.sent('desk', runner('m', 2), prompt('a1', 'a2'));
    expect([...warm.on('desk', 'm').warm].sort()).to.deep.equal(['a1', 'a2', 'b1']);
  });

  it('knows how long the prompts are that end with a block', () => {
    const warm = createWarmPrefixes();
    warm.sent('desk', runner('m', 2), prompt('a1', 'a2'));
    warm.sent('desk', runner('m', 2), prompt('b1'));
    expect([...(warm.on('desk', 'm').warmBytes ?? [])]).to.deep.equal([
      ['a2', 2000],
      ['b1', 1000],
    ]);
  });

  it('forgets a runner that was unloaded, and an agent that left', () => {
    const warm = createWarmPrefixes();
    for (const signature of ['m', 'n']) warm.sent('desk', runner(signature, 1), prompt('a1'));
    warm.forget('desk', 'm');
    expect([warm.on('desk', 'm').warm.size, warm.on('desk', 'n').warm.size]).to.deep.equal([0, 1]);
    warm.forget('desk');
    expect(warm.on('desk', 'n').warm.size).to.equal(0);
  });

  it('keeps nothing of a prompt without blocks', () => {
    const warm = createWarmPrefixes();
    warm.sent('desk', runner('m', 1), prompt());
    expect(warm.on('desk', 'm').warm.size).to.equal(0);
  });
});
