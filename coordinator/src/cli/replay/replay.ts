import { AppError } from '@ollama-coordinator/common';
import type { Env, Flags } from '../command.js';
import { exportFleet } from './export-fleet.js';
import { exportTrace } from './export-trace.js';
import { runReplay } from './run-replay.js';

export const REPLAY_USAGE = [
  'replay export [--since 24h] [--until TIME] [--model NAME] [--callers named] > trace.csv',
  'replay fleet > fleet.json',
  'replay run --trace trace.csv --fleet fleet.json [--balancer NAME,…] [--seed N] [--replicas R] [--slo-ms N] [--json OUT]',
  '           [--add NAME=LIKE] [--without NAME,…] [--move MODEL=FROM:TO] [--copy MODEL=TO]',
];
export const REPLAY_FLAGS = [
  ...['since', 'until', 'model', 'callers'],
  ...['trace', 'fleet', 'seed', 'replicas', 'slo-ms', 'json', 'add', 'without', 'move', 'copy'],
];

const ACTIONS: Readonly<Record<string, (flags: Flags, env: Env) => Promise<number>>> = {
  export: exportTrace,
  fleet: exportFleet,
  run: runReplay,
};

/** `ollama-coordinator replay export|fleet|run`. */
export async function replay(flags: Flags, env: Env, [action = '', ...rest]: readonly string[]): Promise<number> {
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (!run || rest.length > 0)
    throw new AppError('BAD_REQUEST', { details: { reason: `it is one of these:\n  ${REPLAY_USAGE.join('\n  ')}` } });
  return run(flags, env);
}
