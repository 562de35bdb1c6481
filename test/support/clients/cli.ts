import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { weightsPath } from '../real-ollama/model-files.js';
import type { Client, Run, Target } from './client.js';
import { NoAnswer } from './outcome.js';
import { MISSING } from './prompts.js';

const WITHIN_MS = 60_000;

interface Ended {
  readonly exit: unknown;
  readonly stdout: string[];
  readonly stderr?: string[];
}

/** The `ollama` command line, as a program beside others sees it: what it prints, what it says went wrong, how it exits. */
export function createCli(ollama: string): Client {
  const command = ({ url, folder }: Target, ...args: readonly string[]) =>
    new Promise<Ended>((resolve, reject) => {
      const env = { ...process.env, OLLAMA_HOST: url, HOME: folder };
      const child = execFile(ollama, args, { env, cwd: folder, timeout: WITHIN_MS }, (failure, stdout, stderr) => {
        if (failure?.killed) reject(new NoAnswer(`"ollama ${args.join(' ')}" did not end within ${WITHIN_MS} ms`));
        resolve({
          exit: failure ? (failure.code ?? failure.signal) : 0,
          stdout: tidy(stdout),
          // Before its last line it draws progress, in as many steps as there is time for.
          ...(failure ? { stderr: tidy(stderr).slice(-1) } : {}),
        });
      });
      // `run` waits for the end of what is piped into it.
      child.stdin?.end();
    });
  const run =
    (...args: readonly string[]): Run =>
    (target) =>
      command(target, ...args);
  /** Lines in any order: models of one moment have none, nor has Go's map of parameters. */
  const lines =
    (...args: readonly string[]) =>
    async (target: Target): Promise<Ended> => {
      const ended = await command(target, ...args);
      return { ...ended, stdout: ended.stdout.sort() };
    };
  const list = lines('list');
  const made =
    (from: string): Run =>
    async (target) => {
      await writeFile(join(target.folder, 'Modelfile'), `FROM ${from}\nSYSTEM "Be brief."\nPARAMETER num_ctx 4096\n`);
      return [await command(target, 'create', 'made'), await lines('show', 'made')(target), await command(target, 'rm', 'made')];
    };
  /** Weights of this machine are uploaded: the first time whole, the second time they are there already. */
  const uploaded: Run = async (target) => {
    const weights = Buffer.concat([readFileSync(weightsPath('tiny')), Buffer.alloc(32, 1)]);
    await writeFile(join(target.folder, 'weights.gguf'), weights);
    await writeFile(
      join(target.folder, 'Modelfile'),
      'FROM ./weights.gguf\nTEMPLATE "{{ .Prompt }}"\nPARAMETER num_thread 1\nPARAMETER num_predict 5\n',
    );
    const create = ['create', 'uploaded', '-f', join(target.folder, 'Modelfile')];
    return [
      await command(target, ...create),
      await command(target, ...create),
      await lines('show', 'uploaded')(target),
      await command(target, 'rm', 'uploaded'),
    ];
  };
  const pulled: Run = async (target) => [
    await command(target, 'pull', target.pullable, '--insecure'),
    await list(target),
    await command(target, 'rm', target.pullable),
  ];
  return {
    name: 'ollama CLI',
    verbs: {
      list,
      show: lines('show', 'tiny'),
      'generate, streamed': run('run', 'tiny', 'hello k'),
      ps: lines('ps'),
      unload: run('stop', 'tiny'),
      copy: async (target) => [await command(target, 'cp', 'tiny', 'copied'), await list(target)],
      delete: async (target) => [await command(target, 'rm', 'copied'), await list(target)],
      create: made('tiny'),
      'create from a file': uploaded,
      'pull, streamed': pulled,
      'show, unknown model': run('show', MISSING),
      'copy, unknown model': run('cp', MISSING, 'copied'),
      'delete, unknown model': run('rm', MISSING),
      'pull, unknown model': (target) => command(target, 'pull', `${target.pullable}-not`, '--insecure'),
    },
  };
}

/** Without what depends on the time, and without the terminal's movements. Columns are as wide as their longest text. */
function tidy(output: string): string[] {
  return stripVTControlCharacters(output)
    .split(/[\n\r]/)
    .map((line) =>
      line
        .replace(
          /\b(Less than a second|About a minute|About an hour|\d+ (second|minute|hour|day|week|month)s?) (ago|from now)\b/g,
          '<time>',
        )
        .trimEnd(),
    )
    .filter((line) => line !== '' && !/^[⠀-⣿]/.test(line))
    .map((line) => line.replaceAll(/ {2,}/g, '  '));
}
