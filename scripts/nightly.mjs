import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './prepare/root.mjs';

/** `npm run nightly`: the full counts that are too long for each push, one after the other; ends with which of them failed. */
const RUNS = [
  ['test:faults', '--full'],
  ['test:attacks', '--full'],
  ['simulate', '--schedules', '100000'],
  ['bench:fairness'],
  ['bench:chaos'],
  ['soak', '--minutes', '60'],
];

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const results = RUNS.map(([name, ...args]) => {
  console.log(`\n── ${[name, ...args].join(' ')} ${'─'.repeat(40)}`);
  if (scripts[name] === undefined) return `${name}: there is no such script`;
  const startedMs = performance.now();
  const { status } = spawnSync('npm', ['run', '--silent', name, '--', ...args], { cwd: ROOT, stdio: 'inherit' });
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  if (status !== 0) process.exitCode = 1;
  return `${name}: ${status === 0 ? 'passed' : `failed (exit code ${status})`} after ${minutes} minutes`;
});
console.log(`\n${results.join('\n')}`);
