import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './prepare/root.mjs';
import { runQuietly } from './prepare/run-quietly.mjs';
import { formatFailures } from './test/summary.mjs';
import { toolsPath } from './test/tools.mjs';

/**
 * Runs every `bench:…` of package.json with reduced counts (--quick), each as one check: a benchmark exits non-zero
 * where a figure misses its bar by five times. Adds them to the results that TEST_RESULTS_FILE holds.
 */
const LIMIT_MINUTES = 8;
/** Further ways to call one of them, each a check of its own. */
const FURTHER = { 'bench:fleet': [['--live']] };

Object.assign(process.env, toolsPath());
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const benches = Object.keys(scripts).filter((name) => name.startsWith('bench:'));
const results = { passed: 0, failed: 0, skipped: 0, failures: [], ...readResults() };
if (benches.length > 0) {
  const { ok, output } = await runQuietly('bash', [join('test', 'support', 'install', 'install-proxies.sh')]);
  if (!ok) console.log(`not every program to compare with could be installed:\n${output}`);
}
const calls = benches.flatMap((name) => [[name], ...(FURTHER[name] ?? []).map((flags) => [name, ...flags])]);
for (const [name, ...flags] of calls) {
  console.log(`\n── ${[name, ...flags].join(' ')} ${'─'.repeat(60)}`);
  const reason = await runBench(name, flags);
  if (reason === undefined) results.passed += 1;
  else {
    console.log(reason);
    results.failed += 1;
    results.failures.push(reason);
  }
}
console.log(formatFailures(results).join('\n'));
if (process.env.TEST_RESULTS_FILE) writeFileSync(process.env.TEST_RESULTS_FILE, JSON.stringify(results));
console.log(`\n${calls.length} benchmarks; with the tests:`);
if (results.failed > 0) process.exitCode = 1;

/** Resolves to why it failed, undefined where it did not. */
function runBench(name, flags) {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', name, '--', '--quick', ...flags], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    let hung = false;
    const deadline = setTimeout(() => {
      hung = true;
      process.kill(-child.pid, 'SIGKILL');
    }, LIMIT_MINUTES * 60_000);
    child.once('error', (error) => resolve(`${name}: ${error.message}`));
    child.once('close', (code) => {
      clearTimeout(deadline);
      if (hung) resolve(`${name} did not end within ${LIMIT_MINUTES} minutes`);
      else resolve(code === 0 ? undefined : `${name} failed (exit code ${code})`);
    });
  });
}

function readResults() {
  const path = process.env.TEST_RESULTS_FILE;
  return path ? JSON.parse(readFileSync(path, 'utf8')) : {};
}
