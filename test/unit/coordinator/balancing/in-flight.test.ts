import { expect } from 'chai';
import { createInFlight } from '#coordinator/balancing/in-flight.js';

describe('createInFlight', () => {
  it('counts per agent and per runner, and is empty at rest', () => {
    const inFlight = createInFlight();
    inFlight.add('a', 'x');
    inFlight.add('a', 'x');
    inFlight.add('a', 'y');
    inFlight.add('b', 'x');
    expect([inFlight.ofAgent('a'), inFlight.ofAgent('b'), inFlight.ofAgent('c'), inFlight.total()]).to.deep.equal([3, 1, 0, 4]);
    expect([...inFlight.bySignature('a')]).to.deep.equal([
      ['x', 2],
      ['y', 1],
    ]);
    for (const [agent, signature] of [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['a', 'x'],
    ] as const)
      inFlight.remove(agent, signature);
    expect(inFlight.total()).to.equal(0);
    expect([...inFlight.bySignature('a')]).to.deep.equal([]);
  });
  it('throws when something is released twice', () => {
    const inFlight = createInFlight();
    inFlight.add('a', 'x');
    inFlight.remove('a', 'x');
    expect(() => inFlight.remove('a', 'x')).to.throw('nothing is in flight on agent "a" for x');
  });
});
