import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { jainIndex, percentile, spreadOf } from '#simulator/report/statistics.js';
import { summarise } from '#simulator/report/summarise.js';
import type { SimulatedRequest } from '#simulator/simulation-result.js';
import { REPOSITORY } from '../../support/repository.js';

describe('percentile', () => {
  const ten = [10, 1, 9, 2, 8, 3, 7, 4, 6, 5];
  for (const [share, value] of [
    [0, 1],
    [0.1, 1],
    [0.5, 5],
    [0.51, 6],
    [0.9, 9],
    [0.99, 10],
    [1, 10],
  ] as const) {
    it(`is ${value} of 1 to 10 at ${share}, by nearest rank`, () => expect(percentile(ten, share)).to.equal(value));
  }

  it('is undefined of none, and null in a report', () => {
    expect(percentile([], 0.5)).to.equal(undefined);
    expect(spreadOf([])).to.deep.equal({ p50: null, p90: null, p99: null });
  });

  it('leaves its input as it is', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).to.deep.equal([3, 1, 2]);
  });
});

describe('jainIndex', () => {
  it('is 1 where all have the same, and 1 ÷ n where one has everything', () => {
    expect(jainIndex([4, 4, 4])).to.equal(1);
    expect(jainIndex([0, 0, 9, 0])).to.equal(0.25);
    expect(jainIndex([0, 0])).to.equal(1);
    expect(jainIndex([1, 3])).to.be.closeTo(0.8, 1e-9);
  });
});

describe('summarise', () => {
  const request = (index: number, status: string | undefined, ttftMs?: number): SimulatedRequest =>
    ({
      arrival: { caller: index % 2 === 0 ? 'even' : 'odd', inputTokens: 10, outputTokens: 10 },
      outcome: status === undefined ? undefined : { status },
      ttftMs,
      totalMs: ttftMs === undefined ? undefined : ttftMs * 2,
      predictedMs: ttftMs === undefined ? undefined : index < 200 ? ttftMs * 3 : ttftMs * 1.1,
      assignedToFirstMs: ttftMs,
    }) as unknown as SimulatedRequest;
  const result = {
    requests: [
      ...Array.from({ length: 296 }, (_, index) => request(index, 'completed', 1000 + index)),
      request(296, 'rejected'),
      request(297, 'failed'),
      request(298, 'cancelled'),
      request(299, undefined),
    ],
    machines: [
      { name: 'a', loads: 3, evictions: 1 },
      { name: 'b', loads: 2, evictions: 2 },
    ],
    faults: 0,
    simulatedMs: 100_000,
    events: 1,
  };

  it('counts every request once', () => {
    const { requests, completed, refused, failed, lost } = summarise(result, 1100);
    expect({ requests, completed, refused, failed, lost }).to.deep.equal({ requests: 300, completed: 296, refused: 1, failed: 2, lost: 1 });
  });

  it('calls good what had its first token within the SLO, of all that were asked', () => {
    expect(summarise(result, 1099).goodput).to.deep.equal({ slo_ms: 1099, share: 0.3333, requests_per_s: 1 });
  });

  it('takes the prediction error after 200 requests by itself', () => {
    expect(summarise(result, 1).prediction).to.deep.include({ median_error: 2, median_error_after_200: 0.1, predicted: 296 });
  });

  it('has no field that the README does not explain', () => {
    const readme = readFileSync(join(REPOSITORY, 'simulator', 'README.md'), 'utf8');
    const section = readme.slice(readme.indexOf('## JSON'), readme.indexOf('## In real time'));
    const fields = Object.entries(summarise(result, 1)).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null ? [name, ...Object.keys(value)] : [name],
    );
    expect(fields.filter((name) => !section.includes(`\`${name}\``))).to.deep.equal([]);
  });

  it('adds up loads and evictions of all machines', () => {
    expect(summarise(result, 1)).to.deep.include({ loads: 5, evictions: 3 });
  });
});
