import { expect } from 'chai';
import { readUntil } from '#agent/commands/read-until.js';

const NOW = new Date(2026, 5, 1, 12).getTime();

describe('readUntil', () => {
  const at = (day: number, hour: number) => new Date(2026, 5, day, hour).getTime();
  const cases = [
    { flags: {}, untilMs: undefined },
    { flags: { until: '18:00' }, untilMs: at(1, 18) },
    { flags: { until: '8:00' }, untilMs: at(2, 8) },
    { flags: { until: '2026-06-03T10:00' }, untilMs: at(3, 10) },
    { flags: { for: '90m' }, untilMs: NOW + 5_400_000 },
    { flags: { for: '2h' }, untilMs: at(1, 14) },
  ];
  for (const { flags, untilMs } of cases) it(`reads ${JSON.stringify(flags)}`, () => expect(readUntil(flags, NOW)).to.equal(untilMs));

  for (const flags of [
    { until: '25:00' },
    { until: 'soon' },
    { until: '2020-01-01' },
    { for: '0h' },
    { for: '2' },
    { until: '18:00', for: '2h' },
  ])
    it(`refuses ${JSON.stringify(flags)} in a sentence`, () => expect(() => readUntil(flags, NOW)).to.throw(/--(until|for)/));
});
