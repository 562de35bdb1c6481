import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AppError, describeCause } from '@ollama-coordinator/common';

/**
 * The version of an Ollama program, asked of it. With no server running it says "client version is 0.11.4", with one of another
 * version both. Throws BAD_ARCHIVE where it does not run on this machine.
 */
export async function readOllamaVersion(program: string): Promise<string> {
  const ask = promisify(execFile);
  // An address where nobody listens: the version wanted is that of the program, not of a server.
  const env = { ...process.env, OLLAMA_HOST: '127.0.0.1:1' };
  const { stdout, stderr } = await ask(program, ['--version'], { env, timeout: 20_000 }).catch((error: unknown) => {
    throw new AppError('BAD_ARCHIVE', { details: { file: program, cause: `it does not run here: ${describeCause(error)}` }, cause: error });
  });
  const text = `${stdout}\n${stderr}`;
  const [, version] = /client version is v?([\w.+-]+)/.exec(text) ?? /version is v?([\w.+-]+)/.exec(text) ?? [];
  if (version === undefined) throw new AppError('BAD_ARCHIVE', { details: { file: program, cause: 'it does not say its version' } });
  return version;
}
