import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';

/** What lint runs, each counted as one test. The build checks the types of everything but the pages, which Vite builds unchecked. */
const CHECKS = [
  { name: 'biome ci', program: ['@biomejs', 'biome', 'bin', 'biome'], args: ['ci', '.'] },
  { name: 'tsc -p coordinator/dashboard', program: ['typescript', 'bin', 'tsc'], args: ['-p', join('coordinator', 'dashboard')] },
  { name: 'tsc -p agent/desktop/page', program: ['typescript', 'bin', 'tsc'], args: ['-p', join('agent', 'desktop', 'page')] },
];

/** Runs the linter and the format check over the whole repository, and checks the types of the pages. */
export async function runLint() {
  const startedAt = performance.now();
  const failed = [];
  for (const check of CHECKS) if ((await run(check)) !== 0) failed.push(check.name);
  const seconds = (performance.now() - startedAt) / 1000;
  const note = failed.length === 0 ? '' : `problems found by ${failed.join(' and ')}`;
  return { name: 'lint', passed: CHECKS.length - failed.length, failed: failed.length, skipped: 0, seconds, note };
}

function run({ program, args }) {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', ...program), ...args], { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
}
