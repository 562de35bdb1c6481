import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder, weightsPath } from '../real-ollama/model-files.js';
import type { Client, Run } from './client.js';
import { ClientError } from './outcome.js';

const run = promisify(execFile);

/** From test/dist/support/clients, where this file runs. */
const source = (name: string) => fileURLToPath(new URL(`../../../support/clients/${name}`, import.meta.url));
const INSTALL_WITHIN_MS = 240_000;

type PythonClient = 'ollama' | 'openai';
type Answer = { readonly result: unknown } | { readonly error: { name: string; message: string; status: number | null } };

export interface PythonVerbs {
  client(name: PythonClient): Client;
  close(): void;
}

/** The Python clients, in one process. Installs them first where that was not done; rejects with pip's own words where it cannot be. */
export async function startPython(): Promise<PythonVerbs> {
  const child = spawn(await ensurePython(), [source('verbs.py'), weightsPath('tiny')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the Python clients ended; what they said is above');
    return JSON.parse(value) as unknown;
  };
  const verbs = (await read()) as Record<PythonClient, readonly string[]>;
  const ask =
    (client: PythonClient, verb: string): Run =>
    async ({ url, pullable }) => {
      child.stdin.write(`${JSON.stringify({ client, verb, url, pullable })}\n`);
      const answer = (await read()) as Answer;
      if ('result' in answer) return answer.result;
      throw new ClientError(answer.error);
    };
  return {
    client: (name) => ({
      name: `python ${name}`,
      verbs: Object.fromEntries(verbs[name].map((verb) => [verb, ask(name, verb)])),
    }),
    close: () => child.stdin.end(),
  };
}

/** The Python of a folder of its own, under the cache folder, that has the clients. */
async function ensurePython(): Promise<string> {
  const requirements = source('requirements.txt');
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `python-clients-${version}`);
  const python = join(folder, 'bin', 'python');
  const ready = join(folder, 'ready');
  if (existsSync(ready)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cacheFolder(), { recursive: true });
  const limits = { timeout: INSTALL_WITHIN_MS };
  try {
    await run('python3', ['-m', 'venv', folder], limits);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], limits);
  } catch (failure) {
    const { stderr = '', stdout = '' } = failure as { stderr?: string; stdout?: string };
    throw new Error(`The Python clients could not be installed:\n${stderr || stdout || String(failure)}`, { cause: failure });
  }
  renameSync(mkdtempSync(join(folder, 'made-')), ready);
  return python;
}
