import { parseSchedule } from '@ollama-coordinator/common';
import { expect } from 'chai';

describe('parseSchedule', () => {
  const read = (text: string) => parseSchedule(text).map(({ days, ...hours }) => ({ days: [...days].sort(), ...hours }));

  it('reads days, ranges of days over the week’s end, and hours over midnight', () => {
    expect(read('mon-fri 18:00-08:00; Sat,Sun')).to.deep.equal([
      { days: [1, 2, 3, 4, 5], startMin: 1080, endMin: 1920 },
      { days: [0, 6], startMin: 0, endMin: 1440 },
    ]);
    expect(read('fri-mon 9:30-24:00')).to.deep.equal([{ days: [0, 1, 5, 6], startMin: 570, endMin: 1440 }]);
    expect(read('daily 00:00-06:00')).to.deep.equal([{ days: [0, 1, 2, 3, 4, 5, 6], startMin: 0, endMin: 360 }]);
  });

  for (const text of ['', 'always', '18:00-08:00', 'mon 25:00-26:00', 'mon 10:75-11:00', 'xyz 10:00-11:00', 'mon 10-11'])
    it(`refuses "${text}" in a sentence`, () => expect(() => parseSchedule(text)).to.throw(/^(must be days|has (an hour|a day) that)/));
});
