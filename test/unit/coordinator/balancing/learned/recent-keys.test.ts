import { expect } from 'chai';
import { createRecentKeys } from '#coordinator/balancing/learned/recent-keys.js';

describe('createRecentKeys', () => {
  it('tells a key that it has seen', () => {
    const keys = createRecentKeys();
    expect([keys.add('a'), keys.add('b'), keys.add('a')]).to.deep.equal([true, true, false]);
  });
  it('forgets the oldest beyond its bound, and keeps the order', () => {
    const keys = createRecentKeys(3);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) keys.add(key);
    expect(keys.list()).to.deep.equal(['e', 'f', 'g']);
    expect(keys.add('d'), 'forgotten').to.equal(true);
    expect(keys.add('g'), 'kept').to.equal(false);
    expect(keys.list()).to.deep.equal(['f', 'g', 'd']);
  });
  it('goes on from a list that was saved, of which it takes the latest', () => {
    const keys = createRecentKeys(3);
    for (const key of ['x', 'y', 'z', 'w']) keys.add(key);
    keys.replace(['a', 'b', 'c', 'd']);
    expect(keys.list()).to.deep.equal(['b', 'c', 'd']);
    expect([keys.add('x'), keys.add('b'), keys.add('d')]).to.deep.equal([true, true, false]);
    expect(keys.list()).to.deep.equal(['d', 'x', 'b']);
  });
});
