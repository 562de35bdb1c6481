import { formatBytes } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { type Column, showTable } from './show-table.js';

const variantSchema = z.object({ digest: z.string(), chosen: z.boolean(), agents: z.array(z.string()) });
const tagsSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      digest: z.string(),
      size: z.number(),
      modified_at: z.string(),
      variants: z.array(variantSchema),
      alias: z.object({ stands_for: z.string() }).optional(),
    }),
  ),
});
const runnersSchema = z.object({ models: z.array(z.object({ digest: z.string(), agents: z.array(z.object({ name: z.string() })) })) });

/** A model of the fleet, as `--json` prints it. Size in bytes; agents by name, sorted. */
interface FleetModel extends Omit<z.infer<typeof tagsSchema>['models'][number], 'alias'> {
  /** All that have it on disk, whatever build of it. */
  readonly agents: readonly string[];
  /** Those that have it in memory. */
  readonly loaded: readonly string[];
  /** What an alias stands for at this moment. */
  readonly stands_for?: string;
}

const COLUMNS: readonly Column<FleetModel>[] = [
  ['NAME', ({ name, stands_for: behind }) => (behind === undefined ? name : `${name} (${behind})`)],
  ['DIGEST', ({ digest, variants }) => `${shortDigest(digest)}${variants.length > 1 ? ` of ${variants.length}` : ''}`],
  ['SIZE', ({ size }) => formatBytes(size)],
  ['ON DISK', ({ agents }) => agents.join(', ')],
  ['LOADED', ({ loaded }) => loaded.join(', ') || '-'],
];

/** `ollama-coordinator models`: every model of the agents that are there, who has it on disk and who in memory. */
export async function showModels(flags: Flags, env: Env): Promise<number> {
  const [{ models }, runners] = await Promise.all([
    askCoordinator('/api/tags?agents=1', flags, env).then((answer) => tagsSchema.parse(answer)),
    askCoordinator('/api/ps?agents=1', flags, env).then((answer) => runnersSchema.parse(answer)),
  ]);
  const listed = models.map(({ alias, ...model }): FleetModel => {
    const digests = new Set(model.variants.map(({ digest }) => digest));
    const agents = namesIn(model.variants.flatMap((variant) => variant.agents));
    const holding = runners.models.filter(({ digest }) => digests.has(digest)).flatMap((runner) => runner.agents.map(({ name }) => name));
    // A runner of the same weights on an agent that has them under another name only is not this model's.
    const loaded = namesIn(holding.filter((name) => agents.includes(name)));
    return { ...model, agents, loaded, ...(alias ? { stands_for: alias.stands_for } : {}) };
  });
  if (flags.json === undefined) showTable(COLUMNS, listed);
  else process.stdout.write(`${JSON.stringify({ models: listed }, undefined, 2)}\n`);
  return 0;
}

function namesIn(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}
