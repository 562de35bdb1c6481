import { type Agent, AppError, agentSchema } from '@ollama-coordinator/common';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';

interface Act {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly done: (agent: Agent) => string;
}

/** The agent itself hears of it with its next heartbeat; until then its status is the one before. */
const ACTS: Readonly<Record<string, Act>> = {
  drain: {
    method: 'POST',
    path: 'drain',
    done: ({ name, in_flight: running }) => `${name} gets no further requests${running > 0 ? `, ${running} still running on it` : ''}`,
  },
  resume: { method: 'DELETE', path: 'drain', done: ({ name }) => `${name} gets requests again` },
  approve: { method: 'POST', path: 'approve', done: ({ name }) => `${name} may serve` },
  rotate: { method: 'POST', path: 'rotate', done: ({ name }) => `${name} gets another credential with its next heartbeat` },
  revoke: { method: 'POST', path: 'revoke', done: ({ name }) => `${name} gets nothing more, and cannot come back until it is removed` },
};

export const AGENT_USAGE = [
  'agent drain NAME     send it no further requests; agent resume NAME: send it requests again',
  'agent approve NAME   let it serve, where it waits for that',
  'agent rotate NAME    give it another credential; agent revoke NAME: void the one it has',
];

/** `ollama-coordinator agent drain|resume|approve|rotate|revoke NAME`. NAME may be its id. */
export async function manageAgent(flags: Flags, env: Env, [action = '', name, ...rest]: readonly string[]): Promise<number> {
  const act = Object.hasOwn(ACTS, action) ? ACTS[action] : undefined;
  if (act === undefined || name === undefined || rest.length > 0)
    throw new AppError('BAD_REQUEST', { details: { reason: `it is one of these:\n  ${AGENT_USAGE.join('\n  ')}` } });
  const path = `/api/agents/${encodeURIComponent(name)}/${act.path}`;
  process.stdout.write(`${act.done(agentSchema.parse(await askCoordinator(path, flags, env, act.method)))}\n`);
  return 0;
}
