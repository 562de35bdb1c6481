import type { Cell } from './cell.js';

/** What is learned, by kind; each cell stands under the names of what it is about. */
export const KINDS = ['load', 'prefill', 'decode', 'crowding', 'warm', 'overhead', 'bytes', 'output', 'demand'] as const;
export type Kind = (typeof KINDS)[number];

export interface Cells {
  get(kind: Kind, name: string): Cell | undefined;
  set(kind: Kind, name: string, cell: Cell): void;
}

const MOST_NAMES = 20_000;
const names = new Map<string, Map<string, string>>();
let nameCount = 0;

/**
 * Joins two names by what no id, model or caller contains. The same pair gets the same text, not another one that is equal: an
 * attempt looks up some forty cells, and each new text would be hashed anew.
 */
export function nameOf(first: string, second: string): string {
  const known = names.get(first)?.get(second);
  return known ?? keepName(first, second);
}

function keepName(first: string, second: string): string {
  if (nameCount >= MOST_NAMES) {
    names.clear();
    nameCount = 0;
  }
  const name = `${first}\n${second}`;
  const ofFirst = names.get(first) ?? new Map<string, string>();
  names.set(first, ofFirst.set(second, name));
  nameCount += 1;
  return name;
}

/** Cells of one kind beyond which those that were observed longest ago are forgotten, a tenth at a time. */
export const MOST_CELLS = 10_000;

export interface CellStore extends Cells {
  entries(kind: Kind): IterableIterator<[string, Cell]>;
  delete(kind: Kind, name: string): void;
  clear(): void;
  size(): number;
}

/** Bounded. Which cells are kept follows from the order of the observations alone. */
export function createCellStore(most = MOST_CELLS): CellStore {
  const kinds = new Map(KINDS.map((kind) => [kind, new Map<string, Cell>()]));
  const of = (kind: Kind) => kinds.get(kind) ?? new Map<string, Cell>();
  return {
    get: (kind, name) => of(kind).get(name),
    set(kind, name, cell) {
      const cells = of(kind);
      cells.set(name, cell);
      if (cells.size > most) forgetOldest(cells);
    },
    entries: (kind) => of(kind).entries(),
    delete: (kind, name) => void of(kind).delete(name),
    clear: () => {
      for (const cells of kinds.values()) cells.clear();
    },
    size: () => [...kinds.values()].reduce((sum, cells) => sum + cells.size, 0),
  };
}

function forgetOldest(cells: Map<string, Cell>): void {
  const byAge = [...cells].sort(([, one], [, other]) => one.atMs - other.atMs);
  for (const [name] of byAge.slice(0, Math.ceil(cells.size / 10))) cells.delete(name);
}

/** Reads through to `base`; what is written stays on top of it, and is gone after `clear`. */
export function createOverlay(base: Cells): Cells & { clear(): void } {
  const top = createCellStore();
  return {
    get: (kind, name) => top.get(kind, name) ?? base.get(kind, name),
    set: (kind, name, cell) => top.set(kind, name, cell),
    clear: () => top.clear(),
  };
}
