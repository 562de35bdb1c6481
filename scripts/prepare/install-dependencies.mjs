import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { PrepareError, runQuietly } from './run-quietly.mjs';

/**
 * Installs what the package-lock.json of a folder names, unless its node_modules holds exactly that. Contents are compared rather than
 * times: a checkout touches the lock without changing it.
 */
export async function installDependencies(say, folder = ROOT) {
  const installed = readLock(join(folder, 'node_modules', '.package-lock.json'));
  if (installed !== undefined && matchesLock(readLock(join(folder, 'package-lock.json')) || {}, installed)) return;
  say('Installing dependencies (about 20 s)…');
  const { ok, output } = await runNpm(['ci', '--include=dev', '--ignore-scripts', '--prefer-offline', '--loglevel=error'], folder);
  if (!ok) throw new PrepareError(`npm ci failed:\n${output}`);
}

/** True when every package of the lock is installed in its version; ones for other platforms may be missing. */
export function matchesLock(locked, installed) {
  const complete = Object.entries(locked).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? entry.optional === true || entry.devOptional === true : isSamePackage(entry, found);
  });
  return complete && Object.keys(installed).every((path) => path in locked);
}

function isSamePackage(locked, installed) {
  return locked.version === installed.version && locked.link === installed.link && locked.integrity === installed.integrity;
}

/** npm writes node_modules/.package-lock.json last, so one that is missing also means an install that broke off. */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function runNpm(args, cwd) {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) return runQuietly(process.execPath, [npm, ...args], { cwd });
  return runQuietly('npm', args, { cwd, shell: process.platform === 'win32' });
}
