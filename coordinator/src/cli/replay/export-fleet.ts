import { agentSchema, speedsSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from '../ask-coordinator.js';
import type { Env, Flags } from '../command.js';
import { fleetToJson } from './fleet-to-json.js';

/** `replay fleet`: the live fleet as a fleet file on standard output, with the speeds that were learned. */
export async function exportFleet(flags: Flags, env: Env): Promise<number> {
  const agents = z.array(agentSchema).parse(await askCoordinator('/api/agents', flags, env));
  const { speeds } = speedsSchema.parse(await askCoordinator('/api/coordinator/speeds', flags, env));
  process.stdout.write(`${JSON.stringify(fleetToJson(agents, speeds), undefined, 2)}\n`);
  const guessed = speeds.filter(({ learned }) => !learned.decode).length;
  process.stderr.write(`${agents.length} agents; ${guessed} of ${speeds.length} speeds are guesses from sizes\n`);
  return 0;
}
