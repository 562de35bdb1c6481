import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';
import { attacksTable } from './test/attacks-table.mjs';
import { providePart } from './test/parts.mjs';
import { runSuite } from './test/run-suite.mjs';
import { SUITES } from './test/suites.mjs';
import { formatTotals } from './test/summary.mjs';
import { toolsPath } from './test/tools.mjs';

/**
 * `npm run test:attacks`: everything that may be tried against the built programs, with reduced counts, `-- --full` with all of them;
 * further arguments go to mocha (`-- --grep SSRF`). Prints the table row by row with the refusals seen, and ends with the totals.
 */
const FULL_LIMIT_MINUTES = 240;

const args = process.argv.slice(2);
const isFull = args.includes('--full');
const attacks = SUITES.find(({ name }) => name === 'attacks');
await prepare();
Object.assign(process.env, toolsPath());
const ignored = [];
for (const { part, files } of [...attacks.needs.map((need) => ({ part: need })), ...(attacks.extras ?? [])]) {
  const lacking = await providePart(part, console.log);
  if (lacking === undefined) continue;
  console.log(files === undefined ? lacking : `${files} skipped: ${lacking}`);
  if (files === undefined) process.exit(1);
  ignored.push('--ignore', files);
}

const folder = mkdtempSync(join(tmpdir(), 'oc-attacks-'));
process.env.ATTACKS_RESULTS_FILE = join(folder, 'results.jsonl');
if (isFull) process.env.ATTACKS_FULL = '1';
const suite = isFull ? { ...attacks, limitMinutes: FULL_LIMIT_MINUTES } : attacks;
const row = await runSuite(suite, { mochaArgs: [...ignored, ...args.filter((arg) => arg !== '--full')] });
const { ROWS } = await import(pathToFileURL(join(ROOT, 'test', 'dist', 'attacks', 'support', 'rows.js')).href);
console.log(`\n${attacksTable(ROWS, readResults(process.env.ATTACKS_RESULTS_FILE))}\n`);
rmSync(folder, { recursive: true, force: true });
if (row.note) console.log(row.note);
console.log(formatTotals([{ ...row, skipped: row.skipped + ignored.length / 2 }]));
if (row.failed > 0) process.exitCode = 1;

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
