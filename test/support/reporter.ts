import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What one run of mocha came to, as scripts/test.mjs reads it. */
export interface SuiteCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** False when the process ended before the last test had. */
  readonly complete: boolean;
}

/** mocha's own spec output; beside it the counts go to the file that TEST_COUNTS_FILE names, also when the run breaks off. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const path = process.env.TEST_COUNTS_FILE;
    if (path === undefined) return;
    const write = (complete: boolean) => {
      const { passes, failures, pending } = this.stats;
      const counts: SuiteCounts = { passed: passes, failed: failures, skipped: pending, complete };
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
