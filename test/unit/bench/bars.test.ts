import { expect } from 'chai';
import { anyFails, type Bar, formatFigure, judge } from '../../bench/support/bars.js';

const bar = (value: number): Bar => ({ name: 'a figure', value, limit: 10, unit: 'ms' });

describe('judge', () => {
  for (const [value, verdict] of [
    [9, 'met'],
    [10, 'met'],
    [10.1, 'missed'],
    [50, 'missed'],
    [50.1, 'missed by 5 ×'],
    [Number.POSITIVE_INFINITY, 'missed by 5 ×'],
    [Number.NaN, 'not measured'],
  ] as const) {
    it(`calls ${value} of at most 10 ${verdict}`, () => expect(judge(bar(value))).to.equal(verdict));
  }
});

describe('anyFails', () => {
  it('passes over bars that are missed by less than 5 ×, or could not be measured', () => {
    expect(anyFails([bar(1), bar(50), bar(Number.NaN)])).to.equal(false);
  });
  it('sees one that is missed by more', () => expect(anyFails([bar(1), bar(51)])).to.equal(true));
});

describe('formatFigure', () => {
  for (const [value, text] of [
    [0.123, '0.12'],
    [12.34, '12.3'],
    [1234.5, '1235'],
    [-12.34, '-12.3'],
    [Number.NaN, '–'],
  ] as const) {
    it(`writes ${value} as ${text}`, () => expect(formatFigure(value)).to.equal(text));
  }
});
