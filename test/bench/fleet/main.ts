import { writeFileSync } from 'node:fs';
import { InputError, shippedNames } from '@ollama-coordinator/simulator';
import { markdownTable } from '../support/markdown-table.js';
import { describeMachine } from '../support/write-docs.js';
import { allBalancers } from './balancers.js';
import { readFleet, readTrace } from './inputs.js';
import { type Cell, runCell } from './run-cell.js';
import { readSettings, type Settings, USAGE, UsageError } from './settings.js';
import { tableColumns, tableRow } from './table.js';

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

try {
  process.exitCode = await main(readSettings(process.argv.slice(2), { traces: shippedNames('trace'), fleets: shippedNames('fleet') }));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof InputError)) throw error;
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message);
  process.exitCode = 2;
}

/** Exit code: 0, or 1 where a request was lost or a balancer failed. */
async function main(settings: Settings): Promise<number> {
  const balancers = settings.balancer === undefined ? await allBalancers() : [settings.balancer];
  const traces = settings.traces.map((name) => readTrace(name, settings));
  const fleets = settings.fleets.map((name) => readFleet(name, settings));
  const cells: Cell[] = [];
  console.log(describeMachine());
  for (const trace of traces) {
    for (const fleet of fleets) {
      for (const seed of settings.seeds) {
        const cell = await runCell({ trace, fleet, seed, balancers, replicas: settings.replicas, sloMs: settings.sloMs });
        cells.push(cell);
        console.log(`\n### ${cell.trace}, ${cell.fleet}, seed ${seed}\n`);
        console.log(markdownTable(tableColumns, [...Object.entries(cell.balancers)].map(tableRow)));
      }
    }
  }
  if (settings.jsonFile !== undefined) writeFileSync(settings.jsonFile, `${JSON.stringify(toJson(cells), undefined, 2)}\n`);
  const broken = cells
    .flatMap(({ balancers: summaries }) => Object.values(summaries))
    .filter(({ lost, balancer_faults: faults }) => lost + faults > 0);
  if (broken.length > 0) console.error(`\n${broken.length} runs lost requests or had a balancer that failed`);
  return broken.length > 0 ? 1 : 0;
}

/** One run is one flat object, several are a list. */
function toJson(cells: readonly Cell[]): unknown {
  const [cell] = cells;
  const [only] = Object.entries(cell?.balancers ?? {});
  if (!cell || cells.length > 1) return { runs: cells };
  const { balancers, ...rest } = cell;
  return Object.keys(balancers).length === 1 && only ? { ...rest, balancer: only[0], ...only[1] } : cell;
}
