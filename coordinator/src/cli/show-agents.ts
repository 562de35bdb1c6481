import { type Agent, agentSchema, describeOllamaSetup, describeSharedOllama, sharedOllamas } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { type Column, showTable } from './show-table.js';

const COLUMNS: readonly Column<Agent>[] = [
  ['NAME', (agent) => agent.name],
  ['STATUS', statusInWords],
  ['IN FLIGHT', (agent) => String(agent.in_flight)],
  ['SLOTS', (agent) => String(agent.slots)],
  ['WEIGHT', (agent) => String(agent.weight)],
  ['TIER', (agent) => String(agent.tier)],
  ['LOADED', (agent) => agent.runners.map((runner) => runner.model).join(', ') || '-'],
  ['MODELS', (agent) => String(agent.models.length)],
  ['ADDRESS', (agent) => agent.address],
];

function statusInWords({ status, pause, ollama_setup: setup }: Agent): string {
  if (status !== 'online') return status;
  return pause?.text ?? (setup === undefined ? status : describeOllamaSetup(setup));
}

/** `ollama-coordinator agents`: a table of the fleet. */
export async function showAgents(flags: Flags, env: Env): Promise<number> {
  const agents = z.array(agentSchema).parse(await askCoordinator('/api/agents', flags, env));
  showTable(COLUMNS, agents);
  for (const shared of sharedOllamas(agents)) process.stdout.write(`${describeSharedOllama(shared)}\n`);
  return 0;
}
