import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { findFreePort } from './find-free-port.js';
import { REPOSITORY } from './repository.js';

/** One run of `npm start` on a port and in a folder of its own. */
export interface NpmStart {
  readonly url: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** What it printed until the last call; standard error included. */
  output(): string;
  /** Resolves with the first match in what it prints. Throws all that it printed where none comes in time. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Types a line into it. */
  type(line: string): void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** Process ids of everything below it, the detached Redis included. */
  pids(): number[];
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops what still runs and removes the folder. */
  close(): Promise<void>;
}

const START_LIMIT_MS = 30_000;

/** Runs scripts/start.mjs with `args`, to which a free port is added, in `dataDir` or a fresh folder; by npm itself where asked. */
export async function npmStart(
  args: readonly string[],
  { env = {}, dataDir = mkdtempSync(join(tmpdir(), 'oc-start-')), byNpm = false } = {},
): Promise<NpmStart> {
  const port = args.includes('--port') ? Number(args[args.indexOf('--port') + 1]) : await findFreePort();
  const flags = args.includes('--port') ? args : ['--port', `${port}`, ...args];
  const [command, ...before] = byNpm ? ['npm', 'start', '--silent', '--'] : [process.execPath, join(REPOSITORY, 'scripts', 'start.mjs')];
  const child = spawn(command ?? '', [...before, ...flags], {
    cwd: REPOSITORY,
    env: { ...process.env, CI: '', COORDINATOR_DATA_DIR: dataDir, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return ended;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    dataDir,
    process: child,
    output: () => text,
    until: (pattern) =>
      eventually(
        () => {
          const match = pattern.exec(text);
          if (match === null) throw new Error(`${pattern} is not in:\n${text}`);
          return match;
        },
        { withinMs: START_LIMIT_MS, everyMs: 50 },
      ),
    type: (line) => void child.stdin.write(`${line}\n`),
    ended,
    pids: () => [...descendantsOf(child.pid ?? 0), ...redisPid(dataDir)],
    stop,
    async close() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function descendantsOf(pid: number): number[] {
  const parents = listProcesses();
  const below = (parent: number): number[] => parents.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(pid);
}

function listProcesses(): { readonly pid: number; readonly parent: number }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, parent };
  });
}

function redisPid(dataDir: string): number[] {
  const path = join(dataDir, 'redis', 'redis.pid');
  return existsSync(path) ? [Number(readFileSync(path, 'utf8'))] : [];
}
