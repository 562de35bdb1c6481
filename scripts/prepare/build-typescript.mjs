import { join } from 'node:path';
import { removeStaleOutput } from './remove-stale-output.mjs';
import { ROOT } from './root.mjs';
import { PrepareError, runQuietly } from './run-quietly.mjs';

/** Compiles what changed in any package and in the tests. Throws PrepareError with the compiler's own words. */
export async function buildTypeScript() {
  removeStaleOutput();
  const { ok, output } = await runQuietly(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '--build']);
  if (!ok) throw new PrepareError(`The TypeScript build failed:\n${output}`);
}
