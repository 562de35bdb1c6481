import { expect } from 'chai';
import { readSettings, UsageError } from '../../../bench/fleet/settings.js';

const shipped = { traces: ['bursty', 'light', 'sessions'], fleets: ['lab', 'office'] };
const settingsOf = (...args: string[]) => readSettings(args, shipped);

describe('readSettings of bench:fleet', () => {
  it('compares everything that is shipped unless told otherwise', () => {
    expect(settingsOf()).to.deep.include({ ...shipped, balancer: undefined, seeds: [1], replicas: 1, noise: true, live: false });
  });

  it('takes traces, fleets and seeds by name', () => {
    const named = settingsOf('--trace', 'a.csv', '--trace', 'b.csv', '--fleet', 'c.json', '--seed', '7', '--seeds', '3');
    expect(named).to.deep.include({ traces: ['a.csv', 'b.csv'], fleets: ['c.json'], seeds: [7, 8, 9] });
  });

  it('runs a bounded count of requests live, ten times as fast as the files say', () => {
    expect(settingsOf('--live')).to.deep.include({ live: true, speedUp: 10, requests: 500, traces: [], fleets: [] });
    expect(settingsOf('--live', '--quick')).to.include({ requests: 100 });
    expect(settingsOf('--live', '--requests', '700', '--speed-up', '1')).to.include({ requests: 700, speedUp: 1 });
  });

  for (const [args, says] of [
    [['--fast'], '--fast'],
    [['--seed', 'x'], '--seed must be a whole number from 0 on, not x'],
    [['--replicas', '0'], '--replicas must be a whole number from 1 on, not 0'],
    [['--speed-up', '0.5'], '--speed-up must be a whole number'],
    [['--live', '--trace', 'a', '--trace', 'b'], '--live takes one --trace'],
    [['--json', 'no-such-folder/out.json'], '--json: no-such-folder/out.json cannot be written'],
    [['--live', '--seeds', '2'], '--live takes one --trace, one --fleet and one --seed'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, () => {
      expect(() => settingsOf(...args)).to.throw(UsageError, says);
    });
  }
});
