import { writeFileSync } from 'node:fs';
import { AppError } from '@ollama-coordinator/common';
import { InputError, shippedNames } from '@ollama-coordinator/simulator';
import { anyFails } from '../support/bars.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import { allBalancers } from './balancers.js';
import { fleetBars } from './fleet-bars.js';
import { readFleet, readTrace } from './inputs.js';
import { mainLive } from './live/main-live.js';
import { ratiosOf } from './ratios.js';
import { barSection, cellSection, ratioSection } from './report.js';
import { type Cell, runCell } from './run-cell.js';
import { readSettings, type Settings, USAGE, UsageError } from './settings.js';
import { toJson } from './to-json.js';

try {
  process.exitCode = await main(readSettings(process.argv.slice(2), { traces: shippedNames('trace'), fleets: shippedNames('fleet') }));
} catch (error) {
  process.exitCode = explain(error);
}

/** Exit code 2: what was given cannot be used. */
function explain(error: unknown): number {
  const isInput =
    error instanceof UsageError || error instanceof InputError || (error instanceof AppError && error.code === 'BAD_BALANCER');
  if (!isInput) throw error;
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message);
  return 2;
}

/** Exit code: 0, or 1 where a request was lost, a balancer failed, or a bar is missed by 5 ×. */
async function main(settings: Settings): Promise<number> {
  if (settings.help) {
    console.log(USAGE);
    return 0;
  }
  if (settings.live) return mainLive(settings);
  const balancers = settings.balancer === undefined ? await allBalancers() : [settings.balancer];
  const traces = settings.traces.map((name) => readTrace(name, settings));
  const fleets = settings.fleets.map((name) => readFleet(name, settings));
  console.log(describeMachine());
  const groups: Cell[][] = [];
  for (const trace of traces) {
    for (const fleet of fleets) {
      const group: Cell[] = [];
      groups.push(group);
      for (const seed of settings.seeds) {
        const cell = await runCell({ trace, fleet, seed, balancers, replicas: settings.replicas, sloMs: settings.sloMs });
        group.push(cell);
        console.log(`\n${cellSection(cell)}`);
      }
    }
  }
  return conclude(settings, groups);
}

/** `groups`: the seeds of each trace and fleet. */
async function conclude(
  { jsonFile, writeDocs: isForDocs, seeds, replicas }: Settings,
  groups: readonly (readonly Cell[])[],
): Promise<number> {
  const cells = groups.flat();
  const ratios = groups.flatMap((group) => ratiosOf(group) ?? []);
  const bars = fleetBars(ratios);
  if (bars.length > 0) {
    const text = [
      `Simulated time; ${seeds.length} seed${seeds.length === 1 ? '' : 's'} from ${seeds[0]} on, ${replicas} replica${replicas === 1 ? '' : 's'}. Ratios are medians over the seeds.`,
      ratioSection(ratios),
      barSection(bars),
    ].join('\n\n');
    console.log(`\n### Bars\n\n${text}`);
    const shown = groups.flatMap(([first]) => (first ? [cellSection(first)] : []));
    if (isForDocs) console.log(`\nwritten to ${await writeDocs('bench:fleet', [text, ...shown].join('\n\n'))}`);
  }
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(toJson(cells), undefined, 2)}\n`);
  const broken = cells
    .flatMap((cell) => Object.entries(cell.balancers))
    .filter(([, { lost, balancer_faults: faults }]) => lost + faults > 0);
  for (const [name, { lost, balancer_faults: faults }] of broken)
    console.error(`${name}: ${lost} requests lost, ${faults} faults of the balancer`);
  return broken.length > 0 || anyFails(bars) ? 1 : 0;
}
