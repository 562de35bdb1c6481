import { expect } from 'chai';
import { createWarmPrefixes } from '#coordinator/balancing/warm-prefixes.js';

describe('createWarmPrefixes', () => {
  it('knows the latest prompts of a runner, one per slot', () => {
    const warm = createWarmPrefixes();
    for (const name of ['a', 'b', 'c']) warm.sent('desk', 'm', 2, [`${name}1`, `${name}2`]);
    expect([...warm.on('desk', 'm')].sort()).to.deep.equal(['b1', 'b2', 'c1', 'c2']);
    expect(warm.on('desk', 'other').size).to.equal(0);
    expect(warm.on('lab', 'm').size).to.equal(0);
  });

  it('puts a prompt in the place of the one that it goes on with', () => {
    const warm = createWarmPrefixes();
    warm.sent('desk', 'm', 2, ['a1']);
    warm.sent('desk', 'm', 2, ['b1']);
    warm.sent('desk', 'm', 2, ['a1', 'a2']);
    expect([...warm.on('desk', 'm')].sort()).to.deep.equal(['a1', 'a2', 'b1']);
  });

  it('forgets a runner that was unloaded, and an agent that left', () => {
    const warm = createWarmPrefixes();
    for (const signature of ['m', 'n']) warm.sent('desk', signature, 1, ['a1']);
    warm.forget('desk', 'm');
    expect([warm.on('desk', 'm').size, warm.on('desk', 'n').size]).to.deep.equal([0, 1]);
    warm.forget('desk');
    expect(warm.on('desk', 'n').size).to.equal(0);
  });

  it('keeps nothing of a prompt without blocks', () => {
    const warm = createWarmPrefixes();
    warm.sent('desk', 'm', 1, []);
    expect(warm.on('desk', 'm').size).to.equal(0);
  });
});
