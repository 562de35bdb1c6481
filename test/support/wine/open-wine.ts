import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningProgram, startProgram } from '../start-program.js';

/** A Windows of its own: its registry, its drive C:, its server process. */
export interface Wine {
  /** Folder that is drive C:. */
  readonly driveC: string;
  /** Runs a Windows program to its end. What it prints is taken from a file: under wine pipes lose the end of it. */
  run(program: string, ...args: readonly string[]): Promise<{ code: number | null; output: string }>;
  /** Starts one that goes on. */
  start(options: {
    readonly program: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly isReady: () => Promise<boolean>;
    readonly outputFile: string;
    readonly readyWithinMs: number;
  }): Promise<RunningProgram>;
  /** Ends whatever runs in it and deletes it. */
  close(): Promise<void>;
}

const RUN_LIMIT_MS = 120_000;

/** A path of this machine as wine's drive Z: has it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/** `display`: the screen that its windows are drawn on; without one none can be. */
export async function openWine({ display }: { readonly display?: string } = {}): Promise<Wine> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-wine-'));
  const env = {
    WINEPREFIX: join(folder, 'prefix'),
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // Neither .NET nor a browser is asked for.
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    HOME: folder,
    ...(display === undefined ? {} : { DISPLAY: display }),
  };
  let runs = 0;
  const run = async (program: string, ...args: readonly string[]) => {
    runs += 1;
    return runToEnd({ program, args, env, outputFile: join(folder, `run-${runs}.out`) });
  };
  await run('wineboot', '-i');
  // Node refuses a Windows before 8.1, and a fresh prefix says that it is 7.
  await run('wine', 'reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f');
  return {
    driveC: join(folder, 'prefix', 'drive_c'),
    run: (program, ...args) => run('wine', program, ...args),
    start: ({ program, args, env: added, ...rest }) =>
      startProgram({ name: program, command: 'wine', args: [program, ...args], env: { ...env, ...added }, ...rest }),
    async close() {
      await run('wineserver', '-k');
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

interface Run {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly outputFile: string;
}

async function runToEnd({ program, args, env, outputFile }: Run): Promise<{ code: number | null; output: string }> {
  const output = createWriteStream(outputFile);
  await once(output, 'open');
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', output, output] as never });
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  output.destroy();
  return { code, output: (await readFile(outputFile, 'utf8')).replaceAll('\r', '') };
}
