import { expect } from 'chai';
import { createRests } from '#coordinator/placement/rests.js';
import { createManualClock } from '../../../support/manual-clock.js';

describe('createRests', () => {
  it('leaves what failed alone, longer each time', () => {
    const clock = createManualClock();
    const rests = createRests(clock);
    rests.rest('p a');
    expect([...rests.resting()]).to.deep.equal(['p a']);
    clock.advance(30_000);
    expect([...rests.resting()]).to.deep.equal([]);
    rests.rest('p a');
    clock.advance(59_000);
    expect([...rests.resting()]).to.deep.equal(['p a']);
    clock.advance(1000);
    expect([...rests.resting()]).to.deep.equal([]);
  });
});
