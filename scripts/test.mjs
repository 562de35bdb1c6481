import { writeFileSync } from 'node:fs';

import { prepare } from './prepare/prepare.mjs';

import { runLint } from './test/lint.mjs';
import { providePart } from './test/parts.mjs';
import { hasTests, runSuite } from './test/run-suite.mjs';
import { OTHER_NODES, SUITES } from './test/suites.mjs';
import { addUp, formatSummary } from './test/summary.mjs';
import { toolsPath } from './test/tools.mjs';

const USAGE = `npm test                       lint and every suite
npm test -- ${['lint', ...SUITES.map(({ name }) => name)].join('|')}
                               one suite or several, in the order of this list
npm test -- unit --grep drain  further arguments go to mocha`;

const unit = SUITES.find(({ name }) => name === 'unit');
const onCi = process.env.CI === 'true';
const { names, mochaArgs } = readArguments(process.argv.slice(2));
await prepare();
Object.assign(process.env, toolsPath());
const rows = [];
if (names === undefined || names.includes('lint')) report(await runLint());
for (const suite of SUITES) {
  if (names === undefined || names.includes(suite.name)) report(await runWithParts(suite));
}
if (onCi && names === undefined && hasTests(unit)) for (const version of OTHER_NODES) report(await runOnOtherNode(version));
if (process.env.TEST_RESULTS_FILE) writeFileSync(process.env.TEST_RESULTS_FILE, JSON.stringify(addUp(rows)));
console.log(formatSummary(rows));
if (addUp(rows).failed > 0) process.exitCode = 1;

function report(row) {
  rows.push(row);
  if (row.note) console.log(`${row.name}: ${row.note}\n`);
  if (process.exitCode === 130) process.exit(130);
}

/** Runs a suite, or skips it by name where a part that it needs cannot be had; on CI a missing part is a failure. */
async function runWithParts(suite) {
  const empty = { name: suite.name, passed: 0, failed: 0, skipped: 0, seconds: 0 };
  if (!hasTests(suite)) return { ...empty, note: 'no tests yet' };
  const missing = [];
  for (const need of suite.needs) missing.push(await providePart(need, console.log));
  const reasons = missing.filter((reason) => reason !== undefined).join('; ');
  if (reasons !== '' && onCi) return { ...empty, failed: 1, note: reasons };
  if (reasons !== '') return { ...empty, skipped: 1, note: `suite skipped: ${reasons}` };
  const lacking = [];
  for (const { part, files } of suite.extras ?? []) {
    const reason = await providePart(part, console.log);
    if (reason !== undefined) lacking.push({ files, reason });
  }
  console.log(`\n── ${suite.name} ${'─'.repeat(60)}`);
  const ignore = lacking.flatMap(({ files }) => ['--ignore', files]);
  const row = { name: suite.name, ...(await runSuite(suite, { mochaArgs: [...ignore, ...mochaArgs] })) };
  return lacking.reduce(withoutFiles, row);
}

/** A row whose suite ran without some files: they count as one skipped test, on CI as one failed. */
function withoutFiles(row, { files, reason }) {
  const note = [row.note, `${files} skipped: ${reason}`].filter((part) => part !== '').join('; ');
  return onCi ? { ...row, failed: row.failed + 1, note } : { ...row, skipped: row.skipped + 1, note };
}

/** The unit tests on another Node, as one check: its tests are counted once, on the Node that runs everything. */
async function runOnOtherNode(version) {
  console.log(`\n── unit on Node ${version} ${'─'.repeat(50)}`);
  const command = ['npx', '-y', '-p', `node@${version}`, 'node'];
  const { passed, failed, seconds, note } = await runSuite(unit, { command });
  const counted = `one check: ${passed} tests passed, ${failed} failed${note ? `; ${note}` : ''}`;
  return {
    name: `unit on Node ${version}`,
    passed: failed === 0 ? 1 : 0,
    failed: failed === 0 ? 0 : 1,
    skipped: 0,
    seconds,
    note: counted,
  };
}

function readArguments(args) {
  const known = ['lint', ...SUITES.map(({ name }) => name)];
  const end = args.findIndex((arg) => arg.startsWith('-'));
  const named = end < 0 ? args : args.slice(0, end);
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length > 0 || args.includes('--help')) {
    console.log(unknown.length > 0 ? `There is no suite "${unknown.join('", "')}".\n${USAGE}` : USAGE);
    process.exit(unknown.length > 0 ? 2 : 0);
  }
  return { names: named.length > 0 ? named : undefined, mochaArgs: end < 0 ? [] : args.slice(end) };
}
