import { compareStreamIds, fieldOf, isCursorLost, streamIdMs } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';

describe('isCursorLost', () => {
  const cases = [
    { what: 'at the end of the stream', cursor: '9-1', lastGeneratedId: '9-1', firstId: '3-0', lost: false },
    { what: 'inside the stream', cursor: '5-0', lastGeneratedId: '9-1', firstId: '3-0', lost: false },
    { what: 'at the start, nothing read yet', cursor: '0-0', lastGeneratedId: '9-1', firstId: '3-0', lost: false },
    { what: 'behind what is kept', cursor: '2-9', lastGeneratedId: '9-1', firstId: '3-0', lost: true },
    { what: 'ahead of a stream that fell back', cursor: '9-2', lastGeneratedId: '9-1', firstId: '3-0', lost: true },
    { what: 'ahead of a stream that is gone', cursor: '9-2', lastGeneratedId: '0-0', firstId: undefined, lost: true },
    { what: 'at the end of a stream trimmed empty', cursor: '9-1', lastGeneratedId: '9-1', firstId: undefined, lost: false },
  ];
  for (const { what, cursor, lost, ...extent } of cases) {
    it(`says ${lost} of a cursor ${what}`, () => expect(isCursorLost(cursor, extent)).to.equal(lost));
  }
});

describe('compareStreamIds', () => {
  it('orders by time, then by number', () => {
    expect(['10-0', '9-10', '9-9', '10-1'].sort(compareStreamIds)).to.deep.equal(['9-9', '9-10', '10-0', '10-1']);
  });
});

describe('fieldOf and streamIdMs', () => {
  it('read an entry', () => {
    expect(fieldOf(['b', 'a', 'a', '1'], 'a')).to.equal('1');
    expect(fieldOf(['a'], 'a')).to.equal(undefined);
    expect(streamIdMs('1700000000000-3')).to.equal(1_700_000_000_000);
  });
});
