/** A source of numbers in [0, 1), so that a test can repeat a choice. */
export type Random = () => number;

export const systemRandom: Random = Math.random;

/** A repeatable source for one seed (mulberry32, Tommy Ettinger's 32-bit generator). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
