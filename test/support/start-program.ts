import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';

export interface ProgramSettings {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** File that takes both its outputs. */
  readonly outputFile: string;
  /** Asked every few milliseconds until it resolves true; a rejection counts as "not yet". */
  readonly isReady: () => Promise<boolean>;
  readonly readyWithinMs?: number;
}

/** A machine that runs other suites beside this one starts programs slowly. */
const READY_WITHIN_MS = 120_000;

/** A program that runs as a child of this process. */
export interface RunningProgram {
  readonly name: string;
  readonly pid: number;
  readonly hasEnded: boolean;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a program and resolves when it is ready. Rejects with the end of its output when it ends or is too slow. */
export async function startProgram(settings: ProgramSettings): Promise<RunningProgram> {
  const output = createWriteStream(settings.outputFile, { flags: 'a' });
  await once(output, 'open');
  const child = spawn(settings.command, settings.args, {
    env: { ...process.env, ...settings.env },
    stdio: ['ignore', output, output] as never,
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => {
    process.off('exit', killAtExit);
    output.destroy();
  });
  const program = control(settings.name, child);
  const failedToSpawn = new Promise<never>((_resolve, reject) => child.once('error', reject));
  await Promise.race([failedToSpawn, becomeReady(settings, program)]);
  return program;
}

async function becomeReady(settings: ProgramSettings, program: RunningProgram): Promise<void> {
  const deadline = performance.now() + (settings.readyWithinMs ?? READY_WITHIN_MS);
  while (!(await settings.isReady().catch(() => false))) {
    if (program.hasEnded || performance.now() > deadline) {
      await program.stop(0);
      throw new Error(`${settings.name} did not become ready; its output ends:\n${endOf(settings.outputFile)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function control(name: string, child: ChildProcess): RunningProgram {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  return {
    name,
    pid: child.pid ?? 0,
    get hasEnded() {
      return hasEnded();
    },
    signal: (signalName) => void child.kill(signalName),
    async stop(graceMs = 5000) {
      if (hasEnded()) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

function endOf(file: string): string {
  return readFileSync(file, 'utf8').slice(-2000);
}
