import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from '../prepare/prepare.mjs';
import { providePart } from './parts.mjs';
import { runSuite } from './run-suite.mjs';
import { SUITES } from './suites.mjs';
import { formatTotals } from './summary.mjs';
import { toolsPath } from './tools.mjs';

/**
 * Runs a suite whose tests report figures of their own, for a table: as lines of JSON into the file that `<NAME>_RESULTS_FILE` names, with
 * full counts where `<NAME>_FULL` is set. `print` is called with the results before the totals are printed. `ownFlags` are not
 * mocha's. A part of the machine that is missing ends the process, or leaves out the files that need it, and says so.
 */
export async function runReportedSuite(name, { args, ownFlags, fullLimitMinutes, print }) {
  const isFull = args.includes('--full');
  const suite = SUITES.find((one) => one.name === name);
  await prepare();
  Object.assign(process.env, toolsPath());
  const ignored = await leaveOut(suite);
  const folder = mkdtempSync(join(tmpdir(), `oc-${name}-`));
  const resultsFile = join(folder, 'results.jsonl');
  process.env[`${name.toUpperCase()}_RESULTS_FILE`] = resultsFile;
  if (isFull) process.env[`${name.toUpperCase()}_FULL`] = '1';
  const mochaArgs = [...ignored.flatMap((files) => ['--ignore', files]), ...args.filter((arg) => !ownFlags.includes(arg))];
  const row = await runSuite(isFull ? { ...suite, limitMinutes: fullLimitMinutes } : suite, { mochaArgs });
  await print(readResults(resultsFile), { isFull });
  rmSync(folder, { recursive: true, force: true });
  if (row.note) console.log(row.note);
  console.log(formatTotals([{ ...row, skipped: row.skipped + ignored.length }]));
  if (row.failed > 0) process.exitCode = 1;
}

/** The files that cannot run on this machine. */
async function leaveOut({ needs, extras = [] }) {
  const ignored = [];
  for (const { part, files } of [...needs.map((need) => ({ part: need })), ...extras]) {
    const lacking = await providePart(part, console.log);
    if (lacking === undefined) continue;
    console.log(files === undefined ? lacking : `${files} skipped: ${lacking}`);
    if (files === undefined) process.exit(1);
    ignored.push(files);
  }
  return ignored;
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
