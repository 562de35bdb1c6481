import { type Agent, agentSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';

const COLUMNS: readonly (readonly [string, (agent: Agent) => string])[] = [
  ['NAME', (agent) => agent.name],
  ['STATUS', (agent) => agent.status],
  ['IN FLIGHT', (agent) => String(agent.in_flight)],
  ['SLOTS', (agent) => String(agent.slots)],
  ['LOADED', (agent) => agent.runners.map((runner) => runner.model).join(', ') || '-'],
  ['MODELS', (agent) => String(agent.models.length)],
  ['ADDRESS', (agent) => agent.address],
];

/** `ollama-coordinator agents`: a table of the fleet. */
export async function showAgents(flags: Flags, env: Env): Promise<number> {
  const agents = z.array(agentSchema).parse(await askCoordinator('/api/agents', flags, env));
  const rows = [COLUMNS.map(([title]) => title), ...agents.map((agent) => COLUMNS.map(([, cell]) => cell(agent)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
