import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';

const statsSchema = z.object({
  replica: z.string(),
  version: z.string(),
  redis: z.string(),
  agents: z.record(z.string(), z.number()),
  waiting: z.number(),
  running: z.number(),
});

/** `ollama-coordinator status`: a few lines about a running coordinator. */
export async function showStatus(flags: Flags, env: Env): Promise<number> {
  const stats = statsSchema.parse(await askCoordinator('/api/coordinator/stats', flags, env));
  const agents = Object.entries(stats.agents).filter(([, count]) => count > 0);
  process.stdout.write(
    [
      `replica   ${stats.replica} (version ${stats.version})`,
      `redis     ${stats.redis}`,
      `agents    ${agents.map(([status, count]) => `${count} ${status}`).join(', ') || 'none'}`,
      `requests  ${stats.running} running, ${stats.waiting} waiting`,
      '',
    ].join('\n'),
  );
  return 0;
}
