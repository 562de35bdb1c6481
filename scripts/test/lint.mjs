import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';

/** Runs the linter and the format check over the whole repository; counts as one test. */
export async function runLint() {
  const startedAt = performance.now();
  const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const child = spawn(process.execPath, [biome, 'ci', '.'], { cwd: ROOT, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  const seconds = (performance.now() - startedAt) / 1000;
  const clean = code === 0;
  return { name: 'lint', passed: clean ? 1 : 0, failed: clean ? 0 : 1, skipped: 0, seconds, note: clean ? '' : 'biome ci found problems' };
}
