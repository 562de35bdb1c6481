import { createIsoTime } from '@ollama-coordinator/common';
import { expect } from 'chai';
import fc from 'fast-check';

describe('createIsoTime', () => {
  it('writes every moment as Date does, in whatever order they come', () => {
    const toIso = createIsoTime();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), fc.integer({ min: 0, max: 1500 }), (moment, later) => {
        expect(toIso(moment)).to.equal(new Date(moment).toISOString());
        expect(toIso(moment + later)).to.equal(new Date(moment + later).toISOString());
      }),
    );
  });

  it('pads milliseconds', () => {
    const toIso = createIsoTime();
    expect([0, 7, 42, 999, 1000].map(toIso)).to.deep.equal([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.007Z',
      '1970-01-01T00:00:00.042Z',
      '1970-01-01T00:00:00.999Z',
      '1970-01-01T00:00:01.000Z',
    ]);
  });
});
