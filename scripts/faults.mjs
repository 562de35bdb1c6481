import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';

import { ROOT } from './prepare/root.mjs';

import { faultsMarkdown, faultsTable } from './test/faults-table.mjs';
import { runReportedSuite } from './test/run-reported-suite.mjs';

/**
 * `npm run test:faults`: every scenario with reduced counts, `-- --full` with those of the table; further arguments go to mocha
 * (`-- --grep Redis`). Prints each fault's figures beside their bars, and ends with the totals. `-- --write-docs` keeps the
 * figures in docs/faults.md.
 */
const args = process.argv.slice(2);
const [loadBefore] = loadavg();
await runReportedSuite('faults', {
  args,
  ownFlags: ['--full', '--write-docs'],
  fullLimitMinutes: 120,
  print: (results, { isFull }) => {
    console.log(`\n${faultsTable(results)}\n`);
    if (args.includes('--write-docs')) writeDocs(results, isFull);
  },
});

/** Replaces the last section of docs/faults.md. */
function writeDocs(results, isFull) {
  const page = join(ROOT, 'docs', 'faults.md');
  const title = '## Last figures';
  const [before] = readFileSync(page, 'utf8').split(title);
  const counts = isFull ? 'full counts, default intervals' : 'reduced counts and intervals';
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), Node ${process.version}`;
  const when = `${new Date().toISOString().slice(0, 10)}, ${machine}; load average before it ${loadBefore.toFixed(1)}; ${counts}.`;
  writeFileSync(page, `${before.trim()}\n\n${title}\n\n${when}\n\n${faultsMarkdown(results)}\n`);
}
