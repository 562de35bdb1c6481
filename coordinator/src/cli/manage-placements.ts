import { AppError, type PlacementView, placementSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { readNumber, readPairs } from './read-flags.js';
import { type Column, showTable } from './show-table.js';

const PATH = '/api/coordinator/placements';

export const PLACEMENT_FLAGS = ['replicas', 'labels', 'id'] as const;
export const PLACEMENT_SWITCHES = ['loaded', 'pinned'] as const;
export const PLACEMENTS_USAGE = [
  'placements [list]',
  'placements set MODEL [--replicas N|all] [--labels name=value,…] [--loaded] [--pinned] [--id ID]',
  'placements remove ID',
];

const COLUMNS: readonly Column<PlacementView>[] = [
  ['ID', ({ id }) => id],
  ['MODEL', ({ model }) => model],
  ['WANTED', ({ replicas, labels }) => [`${replicas}`, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)].join(' ')],
  ['HOW', ({ loaded, pinned }) => (pinned ? 'pinned' : loaded ? 'loaded' : 'on disk')],
  ['STATE', ({ status }) => status.state],
  ['ON DISK', ({ status }) => status.on_disk.join(',') || '-'],
  ['LOADED', ({ status }) => status.loaded.join(',') || '-'],
  ['WHY', ({ status }) => status.why ?? ''],
];

/** `ollama-coordinator placements [list|set MODEL|remove ID]`. `set` without an id makes one, or changes the one named after the model. */
export async function managePlacements(flags: Flags, env: Env, [action = 'list', word, ...rest]: readonly string[]): Promise<number> {
  if (rest.length > 0) throw notUnderstood();
  if (action === 'list' && word === undefined) await listPlacements(flags, env);
  else if (action === 'set' && word !== undefined) await setPlacement(word, flags, env);
  else if (action === 'remove' && word !== undefined) await removePlacement(word, flags, env);
  else throw notUnderstood();
  return 0;
}

async function listPlacements(flags: Flags, env: Env): Promise<void> {
  const { placements } = await readAll(flags, env);
  if (placements.length === 0) process.stdout.write('there are no placements\n');
  else showTable(COLUMNS, placements);
}

async function setPlacement(model: string, flags: Flags, env: Env): Promise<void> {
  const rules = {
    model,
    replicas: flags.replicas === 'all' ? 'all' : readNumber('replicas', flags.replicas),
    labels: readPairs('labels', flags.labels),
    ...(flags.loaded === undefined ? {} : { loaded: true }),
    ...(flags.pinned === undefined ? {} : { pinned: true }),
  };
  const id = flags.id ?? (await readAll(flags, env)).placements.find((placement) => placement.model === model)?.id;
  const answer = await (id === undefined
    ? askCoordinator(PATH, flags, env, 'POST', rules)
    : askCoordinator(`${PATH}/${encodeURIComponent(id)}`, flags, env, 'PUT', rules));
  const { status, ...made } = placementSchema.parse(answer);
  const chosen = status.agents.length === 0 ? 'no agent yet' : status.agents.join(', ');
  process.stdout.write(`placement "${made.id}": ${model} on ${chosen}${status.why === undefined ? '' : ` (${status.why})`}\n`);
}

async function removePlacement(id: string, flags: Flags, env: Env): Promise<void> {
  await askCoordinator(`${PATH}/${encodeURIComponent(id)}`, flags, env, 'DELETE');
  process.stdout.write(`placement "${id}" is removed; what it brought to agents stays there\n`);
}

async function readAll(flags: Flags, env: Env) {
  return z.object({ placements: z.array(placementSchema) }).parse(await askCoordinator(PATH, flags, env));
}

function notUnderstood(): AppError {
  return new AppError('BAD_REQUEST', {
    details: { reason: `it is one of ${PLACEMENTS_USAGE.map((line) => `"ollama-coordinator ${line}"`).join(', ')}` },
  });
}
