import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, type Clock, sleep } from '@ollama-coordinator/common';

/** Names the file in which an agent says its version once it is registered. */
export const READY_FILE = 'AGENT_UPDATE_READY_FILE';

export interface ProveOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly version: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** It must be registered within this time, and stay for `settleMs` more. */
  readonly withinMs?: number;
  readonly settleMs?: number;
}

const WITHIN_MS = 120_000;
const SETTLE_MS = 3000;
const LOOK_EVERY_MS = 100;
const KILL_AFTER_MS = 15_000;

/** Starts the program and resolves with its process once it is registered as that version. Ends it and throws UPDATE_BROKEN where it is not. */
export async function proveProgram(options: ProveOptions): Promise<ChildProcess> {
  const { program, args, version, clock, withinMs = WITHIN_MS, settleMs = SETTLE_MS } = options;
  const folder = await mkdtemp(join(tmpdir(), 'ollama-agent-update-'));
  const readyFile = join(folder, 'ready');
  const child = spawn(program, [...args], { env: { ...process.env, [READY_FILE]: readyFile }, stdio: 'inherit', windowsHide: true });
  let end: string | undefined;
  child.once('error', (error) => {
    end = error.message;
  });
  child.once('exit', (code, signal) => {
    end ??= `it ended with ${signal ?? `exit code ${code}`}`;
  });
  try {
    const untilMs = clock.monotonic() + withinMs;
    while ((await readFile(readyFile, 'utf8').catch(() => '')).trim() !== version) {
      if (end === undefined && clock.monotonic() > untilMs) end = `it was not registered within ${Math.round(withinMs / 1000)} s`;
      if (end !== undefined) throw broken(version, end);
      await sleep(clock, LOOK_EVERY_MS, options.signal);
    }
    await sleep(clock, settleMs, options.signal);
    if (end !== undefined) throw broken(version, `it was registered, and then ${end}`);
    return child;
  } catch (error) {
    await endProcess(child, clock);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Asks it to end, and ends it where it does not. */
export async function endProcess(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = clock.setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await gone;
  timer.cancel();
}

function broken(version: string, cause: string): AppError {
  return new AppError('UPDATE_BROKEN', { details: { version, cause } });
}
