import { parseSchedule } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { scheduleAt } from '#agent/owner/schedule-at.js';

/** 2026-06-01 is a Monday. Times are those of the machine that runs the test, as the schedule's are. */
const at = (day: number, hour: number, minute = 0) => new Date(2026, 5, day, hour, minute).getTime();

describe('scheduleAt', () => {
  const nights = parseSchedule('mon-fri 18:00-08:00; sat 10:00-12:00');
  const cases = [
    { what: 'Monday noon', nowMs: at(1, 12), opensMs: at(1, 18) },
    { what: 'Monday evening', nowMs: at(1, 18) },
    { what: 'Tuesday before eight, of Monday’s window', nowMs: at(2, 7, 59) },
    { what: 'Tuesday at eight', nowMs: at(2, 8), opensMs: at(2, 18) },
    { what: 'Saturday at seven, of Friday’s window', nowMs: at(6, 7) },
    { what: 'Saturday at nine', nowMs: at(6, 9), opensMs: at(6, 10) },
    { what: 'Sunday', nowMs: at(7, 3), opensMs: at(8, 18) },
  ];
  for (const { what, nowMs, opensMs } of cases)
    it(`${opensMs === undefined ? 'serves' : 'rests'} on ${what}`, () =>
      expect(scheduleAt(nights, nowMs)).to.deep.equal({ isOpen: opensMs === undefined, opensMs }));

  it('finds an opening a week away', () => {
    expect(scheduleAt(parseSchedule('mon 10:00-11:00'), at(1, 11))).to.deep.equal({ isOpen: false, opensMs: at(8, 10) });
  });
});
