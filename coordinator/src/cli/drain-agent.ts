import { AppError, agentSchema } from '@ollama-coordinator/common';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';

const METHODS: Readonly<Record<string, 'POST' | 'DELETE'>> = { drain: 'POST', resume: 'DELETE' };

/** `ollama-coordinator agent drain|resume NAME`: no further requests for an agent, or requests again. NAME may be its id. */
export async function drainAgent(flags: Flags, env: Env, [action = '', name, ...rest]: readonly string[]): Promise<number> {
  const method = METHODS[action];
  if (method === undefined || name === undefined || rest.length > 0)
    throw new AppError('BAD_REQUEST', { details: { reason: 'it is "ollama-coordinator agent drain NAME" or "agent resume NAME"' } });
  const agent = agentSchema.parse(await askCoordinator(`/api/agents/${encodeURIComponent(name)}/drain`, flags, env, method));
  const running = agent.in_flight > 0 ? `, ${agent.in_flight} still running on it` : '';
  // The agent itself hears of it with its next heartbeat; until then its status is the one before.
  process.stdout.write(action === 'drain' ? `${agent.name} gets no further requests${running}\n` : `${agent.name} gets requests again\n`);
  return 0;
}
