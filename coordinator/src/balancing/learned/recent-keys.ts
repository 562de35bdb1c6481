/** A burst that is written again comes within this many entries of its first writing. */
const MOST_KEYS = 4096;

/** The keys that were seen lately, in their order. */
export interface RecentKeys {
  /** False where it was seen. */
  add(key: string): boolean;
  list(): readonly string[];
  replace(keys: readonly string[]): void;
}

export function createRecentKeys(most = MOST_KEYS): RecentKeys {
  const keys = new Set<string>();
  // Which key is the oldest is kept beside: the set itself would pass over the places of all that were deleted, a thousand or more, to find it.
  let inOrder: string[] = [];
  let oldest = 0;
  return {
    add(key) {
      if (keys.has(key)) return false;
      keys.add(key);
      if (inOrder.length < most) {
        inOrder.push(key);
      } else {
        keys.delete(inOrder[oldest] ?? '');
        inOrder[oldest] = key;
        oldest = (oldest + 1) % most;
      }
      return true;
    },
    list: () => [...inOrder.slice(oldest), ...inOrder.slice(0, oldest)],
    replace(list) {
      inOrder = [...new Set(list)].slice(-most);
      oldest = 0;
      keys.clear();
      for (const key of inOrder) keys.add(key);
    },
  };
}
