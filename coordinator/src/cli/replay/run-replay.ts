import { AppError } from '@ollama-coordinator/common';
import type { Env, Flags } from '../command.js';

/** Package that lets a trace happen in simulated time. It is loaded when it is asked for: a coordinator runs without it. */
const SIMULATOR = '@ollama-coordinator/simulator';

type Replay = (flags: Flags, write: (text: string) => void) => Promise<number>;

/** `replay run`: recorded arrivals on a fleet as it is, or as it might be, under one balancer or several. */
export async function runReplay(flags: Flags, _env: Env): Promise<number> {
  const replay = await loadReplay();
  return replay(flags, (text) => void process.stdout.write(text));
}

async function loadReplay(): Promise<Replay> {
  const loaded: unknown = await import(SIMULATOR).catch((cause: unknown) => {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing) throw cause;
    throw new AppError('BAD_REQUEST', {
      details: { reason: `the simulator is not installed; add it with "npm install -g ${SIMULATOR}"` },
      cause,
    });
  });
  const { replay } = loaded as { replay?: unknown };
  if (typeof replay === 'function') return replay as Replay;
  throw new AppError('BAD_REQUEST', {
    details: { reason: `this version of ${SIMULATOR} knows no replay; install the coordinator's own version` },
  });
}
