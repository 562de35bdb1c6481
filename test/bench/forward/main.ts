import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anyFails } from '../support/bars.js';
import { startCompanion } from '../support/companion.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import { failuresIn, forwardBars } from './figures.js';
import type { HistoryCost, HistoryOrder } from './history-cost.js';
import { type Figures, type LoadProcess, measureAll } from './measure.js';
import { formatReport } from './report.js';
import { readSettings, type Settings, type TargetName, USAGE } from './settings.js';
import { startTarget, type Target } from './targets.js';

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main(process.argv.slice(2));

/** Exit code: 0, 1 where a bar is missed by 5 × or an answer was wrong, 2 where the flags are. */
async function main(args: readonly string[]): Promise<number> {
  const settings = tryReadSettings(args);
  if (settings === undefined) return 2;
  const folder = await mkdtemp(join(tmpdir(), 'oc-bench-'));
  const backend = startCompanion<object, number>(new URL('backend.js', import.meta.url));
  const load: LoadProcess = startCompanion(new URL('load.js', import.meta.url));
  const targets: Target[] = [];
  const missing: TargetName[] = [];
  try {
    const backendPort = await backend.ask({});
    for (const name of settings.targets) {
      const target = await startTarget(name, { backendPort, folder, profileFolder: settings.profileFolder });
      if (target === undefined) missing.push(name);
      else targets.push(target);
    }
    const figures = await measureAll(targets, load, settings, (line) => process.stderr.write(`${line}\n`));
    return await report(figures, settings, missing, await measureHistory(settings));
  } finally {
    for (const target of targets) await target.stop();
    await Promise.all([load.stop(), backend.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

function tryReadSettings(args: readonly string[]): Settings | undefined {
  try {
    return readSettings(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return undefined;
  }
}

/** Beside a coordinator only: its figures are shares of the coordinator's. */
async function measureHistory({ targets, rounds, seconds }: Settings): Promise<HistoryCost | undefined> {
  if (!targets.includes('coordinator')) return undefined;
  const history = startCompanion<HistoryOrder, HistoryCost>(new URL('history-cost.js', import.meta.url));
  try {
    return await history.ask({ rounds, seconds });
  } finally {
    await history.stop();
  }
}

async function report(
  figures: Figures,
  settings: Settings,
  missing: readonly TargetName[],
  history: HistoryCost | undefined,
): Promise<number> {
  const text = formatReport(figures, settings, missing, history);
  console.log(`${describeMachine()}\n\n${text}`);
  if (settings.jsonFile !== undefined) await writeFile(settings.jsonFile, JSON.stringify(toPlain(figures), null, 2));
  if (settings.writeDocs) console.log(`\nwritten to ${await writeDocs('bench:forward', text)}`);
  const failures = failuresIn(figures);
  for (const failure of failures) console.error(failure);
  // On CI everything is installed: there, a peer that is missing is a defect of the run.
  const lacks = missing.length > 0 && process.env.CI !== undefined;
  if (lacks) console.error(`missing: ${missing.join(', ')}; test/support/install/install-proxies.sh installs them`);
  return lacks || failures.length > 0 || anyFails(forwardBars(figures)) ? 1 : 0;
}

function toPlain(figures: Figures): object {
  return Object.fromEntries(
    [...figures].map(([target, own]) => [
      target.name,
      { ...own, phases: Object.fromEntries(own.phases), held: Object.fromEntries(own.held) },
    ]),
  );
}
