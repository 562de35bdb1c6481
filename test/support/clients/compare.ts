import { isDeepStrictEqual } from 'node:util';
import { eventually } from '../eventually.js';
import type { Client, Target } from './client.js';
import { outcomeOf } from './outcome.js';

export interface Pair {
  /** Named in the table where it is not the real Ollama. */
  readonly kind: 'real' | 'simulated';
  readonly direct: Target;
  readonly fleet: Target;
}

/** One verb through one client: the same at both, or how it differs. */
export interface Cell {
  readonly client: string;
  readonly verb: string;
  readonly kind: Pair['kind'];
  readonly difference: string | undefined;
}

/** What changes by itself, a moment later at a fleet than at one Ollama. */
const MAY_LAG: ReadonlySet<string> = new Set(['list', 'ps']);

/** Runs every verb of a client, in its order: first at the Ollama itself, then at the fleet. */
export async function compareClient({ name, verbs }: Client, { kind, direct, fleet }: Pair): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const [verb, run] of Object.entries(verbs)) {
    const expected = await outcomeOf(run, direct);
    let seen = await outcomeOf(run, fleet);
    const look = async () => {
      if (isDeepStrictEqual(seen, expected)) return;
      seen = await outcomeOf(run, fleet);
      throw new Error('not yet');
    };
    if (MAY_LAG.has(verb)) await eventually(look, { withinMs: 5000 }).catch(() => undefined);
    const isSame = isDeepStrictEqual(seen, expected);
    const difference = isSame ? undefined : `direct ${JSON.stringify(expected)}\n    fleet  ${JSON.stringify(seen)}`;
    cells.push({ client: name, verb, kind, difference });
  }
  return cells;
}

/** Verbs down, clients across, for people. */
export function drawTable(cells: readonly Cell[]): string {
  const clients = [...new Set(cells.map(({ client }) => client))];
  const verbs = [...new Set(cells.map(({ verb }) => verb))];
  const rows = verbs.map((verb) => [
    verb,
    ...clients.map((client) => drawCell(cells.find((cell) => cell.client === client && cell.verb === verb))),
  ]);
  const lines = [['', ...clients], ...rows];
  const widths = ['', ...clients].map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const drawn = lines.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    'Direct and through the coordinator:',
    ...drawn,
    '(sim): the simulated Ollama 0.32.15, since the one that installs is too old for the row',
  ].join('\n');
}

function drawCell(cell: Cell | undefined): string {
  if (!cell) return '-';
  const text = cell.difference === undefined ? 'same' : 'DIFFERS';
  return cell.kind === 'real' ? text : `${text} (sim)`;
}
