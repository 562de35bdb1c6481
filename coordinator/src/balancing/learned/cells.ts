import type { Cell } from './cell.js';

/** What is learned, by kind; each cell stands under the names of what it is about. */
export const KINDS = ['load', 'prefill', 'decode', 'crowding', 'warm', 'overhead', 'bytes', 'output', 'demand'] as const;
export type Kind = (typeof KINDS)[number];

export interface Cells {
  get(kind: Kind, name: string): Cell | undefined;
  set(kind: Kind, name: string, cell: Cell): void;
}

/** Joins what no id, model or caller contains. */
export function nameOf(...parts: readonly string[]): string {
  return parts.join('\n');
}

/** Cells of one kind beyond which the longest unused is forgotten. */
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
      // Behind all others: the first one is the longest unused.
      cells.delete(name);
      cells.set(name, cell);
      if (cells.size <= most) return;
      const [longestUnused] = cells.keys();
      if (longestUnused !== undefined) cells.delete(longestUnused);
    },
    entries: (kind) => of(kind).entries(),
    delete: (kind, name) => void of(kind).delete(name),
    clear: () => {
      for (const cells of kinds.values()) cells.clear();
    },
    size: () => [...kinds.values()].reduce((sum, cells) => sum + cells.size, 0),
  };
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
