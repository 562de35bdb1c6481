import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMetrics } from '#coordinator/metrics/metrics.js';
import { importScript, REPOSITORY } from '../../support/repository.js';

describe('the chart', () => {
  it('has its schema and its README as its values and the settings make them', async () => {
    const { describeChart, CHART } = await importScript<{
      describeChart: () => Promise<{ schema: string; readme: string }>;
      CHART: string;
    }>('chart/describe-chart.mjs');
    const made = await describeChart();
    expect(readFileSync(join(CHART, 'values.schema.json'), 'utf8'), 'run npm run docs:config').to.equal(made.schema);
    expect(readFileSync(join(CHART, 'README.md'), 'utf8'), 'run npm run docs:config').to.equal(made.readme);
  });

  it('names only metrics that the coordinator has, in its alerts and on its dashboard', async () => {
    const known = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
    for (const file of ['alerts.yaml', 'grafana-dashboard.json']) {
      const text = readFileSync(join(REPOSITORY, 'helm', 'ollama-coordinator', 'files', file), 'utf8');
      const named = [...new Set([...text.matchAll(/ollama_coordinator_\w+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')))];
      expect(named).to.have.length.above(4);
      expect(named.filter((name) => !known.includes(name))).to.deep.equal([]);
    }
  });

  it('has the version of the packages', () => {
    const chart = readFileSync(join(REPOSITORY, 'helm', 'ollama-coordinator', 'Chart.yaml'), 'utf8');
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'lerna.json'), 'utf8')) as { version: string };
    expect(chart).to.include(`appVersion: ${version}\n`);
  });
});
