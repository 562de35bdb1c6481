import type { ChildProcess } from 'node:child_process';
import type { Clock } from '@ollama-coordinator/common';
import { endProcess } from './prove-program.js';

/** What systemd and launchd take for a failure, and start the program again after: the new one, from its own place. */
const START_AGAIN = 75;

/**
 * The next version serves, as a child. Under systemd and launchd it is ended again, for these to start it as their own; elsewhere this process stays, passes signals
 * on, and ends as it does.
 */
export async function handOver(
  child: ChildProcess,
  { clock, env }: { clock: Clock; env: Readonly<Record<string, string | undefined>> },
): Promise<number> {
  if (env.INVOCATION_ID !== undefined || env.XPC_SERVICE_NAME?.startsWith('com.ollama-coordinator')) {
    await endProcess(child, clock);
    return START_AGAIN;
  }
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 0)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  return ended;
}
