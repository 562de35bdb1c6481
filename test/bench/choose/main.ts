import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/repository.js';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { startCompanion } from '../support/companion.js';
import { markdownTable } from '../support/markdown-table.js';
import type { Spread } from '../support/statistics.js';
import type { BalancerOrder } from './measure-balancer.js';

/**
 * How long placing one request among 1,000 agents takes: `npm run bench:choose`, and after `--` the short names of
 * balancers where not all are wanted (`--quick`: fewer rounds, for CI).
 */
const IS_QUICK = process.argv.includes('--quick');
const P50_BAR_US = 50;
const P99_AIM_US = 100;
/** The bar that fails the command when it is missed by far: the default balancer's usual decision. The others are shown beside it. */
const JUDGED = 'predictive p50';

const bars: Bar[] = [];
for (const name of wantedBalancers()) bars.push(...barsOf(name, await measure(name)));
console.log(markdownTable(BAR_COLUMNS, barRows(bars)));
process.exitCode = anyFails(bars.filter(({ name }) => name === JUDGED)) ? 1 : 0;

function wantedBalancers(): readonly string[] {
  const folders = readdirSync(join(REPOSITORY, 'balancers'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const named = folders.map(({ name }) => name).filter((name) => wanted.length === 0 || wanted.includes(name));
  if (named.length === 0) throw new Error(`no balancer of ours is named ${wanted.join(' or ')}`);
  return named;
}

async function measure(name: string): Promise<Spread> {
  const companion = startCompanion<BalancerOrder, Spread>(new URL('measure-balancer.js', import.meta.url));
  try {
    return await companion.ask({ name, isQuick: IS_QUICK });
  } finally {
    await companion.stop();
  }
}

function barsOf(name: string, { p50, p99 }: Spread): readonly Bar[] {
  return [
    { name: `${name} p50`, value: p50, limit: P50_BAR_US, unit: 'µs' },
    { name: `${name} p99`, value: p99, limit: P99_AIM_US, unit: 'µs' },
  ];
}
