import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';

const MOCHA = join('node_modules', 'mocha', 'bin', 'mocha.js');
const EXIT_GRACE_MS = 20_000;

/** True when the suite's folder holds at least one compiled test. */
export function hasTests(suite) {
  const folder = join(ROOT, 'test', 'dist', suite.name);
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((file) => file.endsWith('.test.js'));
}

/**
 * Runs one suite with mocha and resolves to `{ passed, failed, skipped, seconds, note, failures }`. A run that crashed, hung or ended
 * before its last test counts one failure more, and `note` says which it was.
 * `command` is how Node is started, as `['node']` or `['npx', '-y', '-p', 'node@22', 'node']`.
 */
export async function runSuite(suite, { command = [process.execPath], mochaArgs = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'oc-test-'));
  const countsPath = join(folder, 'counts.json');
  const [program, ...args] = command;
  const tests = `test/dist/${suite.name}/**/*.test.js`;
  const startedAt = performance.now();
  const child = spawn(program, [...args, MOCHA, tests, '--reporter', 'test/dist/support/reporter.js', ...mochaArgs], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TEST_COUNTS_FILE: countsPath },
    detached: process.platform !== 'win32',
    shell: process.platform === 'win32' && program === 'npx',
  });
  const ended = await waitForEnd(child, suite, countsPath);
  const counts = readCounts(countsPath);
  rmSync(folder, { recursive: true, force: true });
  return { ...judge(counts, ended), seconds: (performance.now() - startedAt) / 1000 };
}

/** Turns what mocha counted and how its process ended into one result. */
export function judge(counts, { code, signal, error, hung }) {
  const { passed = 0, failed = 0, skipped = 0, complete = false, failures = [] } = counts || {};
  const result = (note) => ({ passed, failed: failed + (note === '' ? 0 : 1), skipped, note, failures });
  if (error) return result(error.message);
  if (hung === 'open') return result('its tests ended, but something they opened kept the process alive');
  if (hung === 'slow') return result('it did not end within its time limit');
  if (!complete) return result(`it ended before its last test (${signal || `exit code ${code}`})`);
  if (code !== Math.min(failed, 255)) return result(`it exited with ${signal || `code ${code}`} after ${failed} failed tests`);
  if (passed + failed + skipped === 0) return result('no test was run');
  return result('');
}

/** Resolves when the process is gone; ends its whole process group when it hangs or when this program is told to stop. */
function waitForEnd(child, suite, countsPath) {
  return new Promise((resolve) => {
    let hung = '';
    const endAs = (reason) => {
      hung = reason;
      killGroup(child, 'SIGKILL');
    };
    const deadline = setTimeout(() => endAs('slow'), suite.limitMinutes * 60_000);
    let grace;
    const watch = setInterval(() => {
      if (grace === undefined && readCounts(countsPath)?.complete) grace = setTimeout(() => endAs('open'), EXIT_GRACE_MS);
    }, 500);
    const stop = (signal) => {
      killGroup(child, signal);
      process.exitCode = 130;
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const finish = (outcome) => {
      clearTimeout(deadline);
      clearTimeout(grace);
      clearInterval(watch);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve({ ...outcome, hung });
    };
    child.once('error', (error) => finish({ error }));
    child.once('exit', (code, signal) => finish({ code, signal }));
  });
}

function killGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
