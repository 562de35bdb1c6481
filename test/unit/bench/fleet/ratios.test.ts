import type { Summary } from '@ollama-coordinator/simulator';
import { expect } from 'chai';
import { fleetBars } from '../../../bench/fleet/fleet-bars.js';
import { ratiosOf } from '../../../bench/fleet/ratios.js';
import type { Cell } from '../../../bench/fleet/run-cell.js';

const summary = (ttft: number, p99: number, total: number, error: number | null = null): Summary =>
  ({ ttft_ms: { p50: ttft, p99 }, total_ms: { p50: total }, prediction: { median_error_after_200: error } }) as unknown as Summary;

const cell = (seed: number, predictive: Summary, over: Partial<Cell> = {}): Cell => ({
  trace: 't',
  fleet: 'f',
  seed,
  replicas: 1,
  modelsExceedVram: true,
  balancers: {
    predictive,
    informed: summary(100, 1000, 500),
    'least-connections': summary(1000, 4000, 3000),
    'round-robin': summary(1200, 4000, 2000),
  },
  ...over,
});

describe('ratiosOf', () => {
  it('is nothing where the judged balancer did not run', () => {
    expect(ratiosOf([cell(1, summary(1, 1, 1), { balancers: { informed: summary(1, 1, 1) } })])).to.equal(undefined);
    expect(ratiosOf([])).to.equal(undefined);
  });

  it('takes the median over the seeds of the ratio within each', () => {
    const ratios = ratiosOf([
      cell(1, summary(110, 900, 2100, 0.1)),
      cell(2, summary(150, 1500, 1900, 0.3)),
      cell(3, summary(120, 1200, 2000, 0.2)),
    ]);
    expect(ratios).to.deep.include({ p50OfInformed: 1.2, p99OfInformed: 1.2, p50OfLeastConnections: 0.12, predictionError: 0.2 });
    expect(ratios).to.deep.include({ totalOfBest: 1, bestOther: 'round-robin' });
  });

  it('does not take the reference for the best other plugin', () => {
    expect(ratiosOf([cell(1, summary(1, 1, 4000))])?.totalOfBest).to.equal(2);
  });

  it('says not measured where a figure is missing', () => {
    const { informed: _, ...others } = cell(1, summary(1, 1, 1)).balancers;
    expect(ratiosOf([cell(1, summary(1, 1, 1), { balancers: others })])?.p50OfInformed).to.be.NaN;
  });
});

describe('fleetBars', () => {
  const ratios = (over: object) => ({
    trace: 't',
    fleet: 'f',
    modelsExceedVram: true,
    p50OfInformed: 1,
    p99OfInformed: 1,
    p50OfLeastConnections: 0.1,
    totalOfBest: 1,
    bestOther: 'x',
    predictionError: 0.1,
    ...over,
  });

  it('shows of each bar the worst trace and fleet, and how many met it', () => {
    const [p50] = fleetBars([ratios({}), ratios({ trace: 'bad', p50OfInformed: 2 }), ratios({ p50OfInformed: Number.NaN })]);
    expect(p50).to.deep.include({ value: 2, limit: 1.3, note: 'worst: bad, f; met by 1 of 2' });
  });

  it('holds least-connections against it only where models exceed VRAM', () => {
    const bars = fleetBars([ratios({ modelsExceedVram: false, p50OfLeastConnections: 1 })]);
    expect(bars.map(({ name }) => name).join()).not.to.include('least-connections');
  });

  it('is empty where nothing was judged', () => expect(fleetBars([])).to.deep.equal([]));
});
