import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';

import { faultsMarkdown, faultsTable } from './test/faults-table.mjs';
import { providePart } from './test/parts.mjs';
import { runSuite } from './test/run-suite.mjs';
import { SUITES } from './test/suites.mjs';
import { formatTotals } from './test/summary.mjs';
import { toolsPath } from './test/tools.mjs';

/**
 * `npm run test:faults`: every scenario with reduced counts, `-- --full` with those of the table; further arguments go to mocha
 * (`-- --grep Redis`). Prints each fault's figures beside their bars, and ends with the totals. `-- --write-docs` keeps the
 * figures in docs/faults.md.
 */
const FULL_LIMIT_MINUTES = 120;

const args = process.argv.slice(2);
const OWN_FLAGS = ['--full', '--write-docs'];
const isFull = args.includes('--full');
const [loadBefore] = loadavg();
const faults = SUITES.find(({ name }) => name === 'faults');
await prepare();
Object.assign(process.env, toolsPath());
const ignored = [];
for (const { part, files } of [...faults.needs.map((need) => ({ part: need })), ...faults.extras]) {
  const lacking = await providePart(part, console.log);
  if (lacking === undefined) continue;
  console.log(files === undefined ? lacking : `${files} skipped: ${lacking}`);
  if (files === undefined) process.exit(1);
  ignored.push('--ignore', files);
}

const folder = mkdtempSync(join(tmpdir(), 'oc-faults-'));
process.env.FAULTS_RESULTS_FILE = join(folder, 'results.jsonl');
if (isFull) process.env.FAULTS_FULL = '1';
const suite = isFull ? { ...faults, limitMinutes: FULL_LIMIT_MINUTES } : faults;
const row = await runSuite(suite, { mochaArgs: [...ignored, ...args.filter((arg) => !OWN_FLAGS.includes(arg))] });
const results = readResults(process.env.FAULTS_RESULTS_FILE);
console.log(`\n${faultsTable(results)}\n`);
if (args.includes('--write-docs')) writeDocs(results);
rmSync(folder, { recursive: true, force: true });
if (row.note) console.log(row.note);
const skipped = row.skipped + ignored.length / 2;
console.log(formatTotals([{ ...row, skipped }]));
if (row.failed > 0) process.exitCode = 1;

/** Replaces the last section of docs/faults.md. */
function writeDocs(results) {
  const page = join(ROOT, 'docs', 'faults.md');
  const title = '## Last figures';
  const [before] = readFileSync(page, 'utf8').split(title);
  const counts = isFull ? 'full counts, default intervals' : 'reduced counts and intervals';
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  const when = `${new Date().toISOString().slice(0, 10)}, ${machine}; load average before it ${loadBefore.toFixed(1)}; ${counts}.`;
  writeFileSync(page, `${before.trim()}\n\n${title}\n\n${when}\n\n${faultsMarkdown(results)}\n`);
}

function readResults(path) {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}
