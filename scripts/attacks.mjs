import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './prepare/root.mjs';
import { attacksTable } from './test/attacks-table.mjs';
import { runReportedSuite } from './test/run-reported-suite.mjs';

/**
 * `npm run test:attacks`: everything that may be tried against the built programs, with reduced counts, `-- --full` with all of them;
 * further arguments go to mocha (`-- --grep SSRF`). Prints the table row by row with the refusals seen, and ends with the totals.
 */
await runReportedSuite('attacks', {
  args: process.argv.slice(2),
  ownFlags: ['--full'],
  fullLimitMinutes: 240,
  print: async (results) => {
    const { ROWS } = await import(pathToFileURL(join(ROOT, 'test', 'dist', 'attacks', 'support', 'rows.js')).href);
    console.log(`\n${attacksTable(ROWS, results)}\n`);
  },
});
