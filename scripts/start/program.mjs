import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../prepare/root.mjs';

const STOP_WITH_PARENT = pathToFileURL(join(ROOT, 'scripts', 'start', 'stop-with-parent.mjs')).href;
const KEPT_LINES = 12;

/**
 * Starts one of our programs as a child that also stops when this process is killed. Its standard output goes to `logPath`,
 * or line by line to `onLine`; its standard error always to `onLine`.
 *
 * Returns `{ name, exited, lastLines, stop, kill, unplug, isUnplugged }`; `exited` resolves to a text such as "exit code 1". What is
 * unplugged is killed on purpose: its end is nobody's failure.
 */
export function startProgram({ name, script, args = [], env = {}, logPath, onLine = () => {} }) {
  const log = logPath === undefined ? 'pipe' : openLog(logPath);
  const child = spawn(process.execPath, ['--import', STOP_WITH_PARENT, join(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, 'pipe', 'ipc'],
    // A group of its own: Ctrl-C reaches this process alone, which then stops the programs in order.
    detached: process.platform !== 'win32',
  });
  if (typeof log === 'number') closeSync(log);
  const lines = [];
  let isUnplugged = false;
  const take = (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', take);
  child.on('error', (error) => take(error.message));
  return {
    name,
    exited: new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    }),
    lastLines: () => [...lines],
    stop() {
      if (process.platform !== 'win32') child.kill('SIGTERM');
      else if (child.connected) child.send('stop');
    },
    kill: () => child.kill('SIGKILL'),
    unplug() {
      isUnplugged = true;
      child.kill('SIGKILL');
    },
    isUnplugged: () => isUnplugged,
  };
}

function openLog(path) {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, 'a');
}
