import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a script with this Node to its end. Rejects with what it printed where it fails. */
export async function runNode(script: string, ...args: string[]): Promise<string> {
  const output = (result: { readonly stdout: string; readonly stderr: string }) => `${result.stdout}${result.stderr}`;
  return run(process.execPath, [script, ...args]).then(output, (failure) => Promise.reject(new Error(output(failure))));
}
