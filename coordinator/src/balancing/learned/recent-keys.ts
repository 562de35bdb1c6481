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
  return {
    add(key) {
      if (keys.has(key)) return false;
      keys.add(key);
      const [oldest] = keys;
      if (keys.size > most && oldest !== undefined) keys.delete(oldest);
      return true;
    },
    list: () => [...keys],
    replace(list) {
      keys.clear();
      for (const key of list) keys.add(key);
    },
  };
}
