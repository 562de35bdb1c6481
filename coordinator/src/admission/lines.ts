import { priorityRank, type Waiter } from './slot-request.js';

/** Waiting requests, in one line per runner signature and pin. */
export interface Lines {
  has(line: string): boolean;
  add(waiter: Waiter): void;
  /** False when it is in no line (any more). */
  remove(waiter: Waiter): boolean;
  /** Who is next in each line. */
  lines(): readonly (readonly Waiter[])[];
  count(): number;
}

/** Interactive requests come before batch ones; among equals, who came first. A request that comes back keeps its place. */
export function createLines(): Lines {
  const byName = new Map<string, Waiter[]>();
  let count = 0;
  return {
    has: (line) => byName.has(line),
    add: (waiter) => {
      const line = byName.get(waiter.request.line) ?? [];
      byName.set(waiter.request.line, line);
      let index = line.length;
      while (index > 0 && isBefore(waiter, line[index - 1])) index -= 1;
      line.splice(index, 0, waiter);
      count += 1;
    },
    remove: (waiter) => {
      const line = byName.get(waiter.request.line);
      const index = line?.indexOf(waiter) ?? -1;
      if (!line || index < 0) return false;
      line.splice(index, 1);
      if (line.length === 0) byName.delete(waiter.request.line);
      count -= 1;
      return true;
    },
    lines: () => [...byName.values()],
    count: () => count,
  };
}

function isBefore(one: Waiter, other: Waiter | undefined): boolean {
  if (!other) return false;
  const rank = priorityRank(one.request.priority) - priorityRank(other.request.priority);
  return rank === 0 ? one.request.receivedAtMs < other.request.receivedAtMs : rank < 0;
}
