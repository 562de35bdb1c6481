import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assignModels, seededBy } from '@ollama-coordinator/simulator';
import { REPOSITORY } from '../../../support/repository.js';
import { anyFails } from '../../support/bars.js';
import { describeMachine, writeDocs } from '../../support/write-docs.js';
import { readFleet, readTrace } from '../inputs.js';
import { JUDGED } from '../ratios.js';
import type { Settings } from '../settings.js';
import { liveTargets } from './live-targets.js';
import { type LiveReport, liveBars, liveSection } from './report-live.js';
import { type LiveFigures, runLive } from './run-live.js';

const FLEET = join(REPOSITORY, 'test', 'bench', 'fleet', 'live', 'live-fleet.json');
const TRACE = 'bursty';

/** `bench:fleet --live`. Exit code: 0, or 1 where a bar is missed by 5 ×. */
export async function mainLive(settings: Settings): Promise<number> {
  const { seeds, speedUp, replicas, balancer = JUDGED, jsonFile } = settings;
  const fleet = readFleet(settings.fleets[0] ?? FLEET, settings);
  const trace = readTrace(settings.traces[0] ?? TRACE, settings);
  const seed = seeds[0] ?? 1;
  const arrivals = assignModels(trace, fleet, seededBy(seed, 'models'));
  const all = liveTargets({ balancer, replicas });
  // What was started ends with this process.
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const targets: Record<string, LiveFigures> = {};
  for (const [name, start] of Object.entries(all)) {
    const figures = await runLive(start, { fleet, arrivals, seed, speedUp });
    if (figures) targets[name] = figures;
    console.error(`${name}: ${figures ? `${figures.loads} loads` : 'not installed'}`);
  }
  const report: LiveReport = { trace: trace.name, fleet: fleet.name, seed, balancer, replicas, speed_up: speedUp, targets };
  const bars = liveBars(targets);
  const missing = Object.keys(all).filter((name) => !(name in targets));
  const text = liveSection(report, missing, bars);
  console.log(`${describeMachine()}\n\n${text}`);
  if (settings.writeDocs) console.log(`\nwritten to ${await writeDocs('bench:fleet -- --live', text)}`);
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  return anyFails(bars) ? 1 : 0;
}
