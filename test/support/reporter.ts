import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What one run of mocha came to, as scripts/test.mjs reads it. */
export interface SuiteCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** False when the process ended before the last test had. */
  readonly complete: boolean;
  /** Those that failed: full title and the first line of the reason. */
  readonly failures: readonly string[];
}

/** mocha's own spec output; beside it the counts go to the file that TEST_COUNTS_FILE names, also when the run breaks off. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const path = process.env.TEST_COUNTS_FILE;
    if (path === undefined) return;
    const write = (complete: boolean) => {
      const { passes, pending } = this.stats;
      const failures = this.failures.map(describe);
      const counts: SuiteCounts = { passed: passes, failed: this.stats.failures, skipped: pending, complete, failures };
      writeFileSync(path, JSON.stringify(counts));
    };
    const writeAtExit = () => write(false);
    process.once('exit', writeAtExit);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      process.off('exit', writeAtExit);
      write(true);
    });
  }
}

function describe(test: Mocha.Test): string {
  const reason = (test.err?.message ?? '').split('\n', 1)[0] ?? '';
  return `${test.fullTitle()}: ${reason.slice(0, 200)}`;
}
