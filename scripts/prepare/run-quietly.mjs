import { spawn } from 'node:child_process';
import { ROOT } from './root.mjs';

/**
 * Runs a program in the repository's folder and keeps what it prints. Resolves to `{ ok, output }`; a program that cannot
 * be started counts as failed, with the reason as its output.
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve) => {
    const chunks = [];
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString().trimEnd() }));
  });
}

/** The program cannot go on; `message` is shown to the person as it is. */
export class PrepareError extends Error {
  name = 'PrepareError';
}
