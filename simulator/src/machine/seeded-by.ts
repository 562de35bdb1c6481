import { type Random, seededRandom } from '@ollama-coordinator/common';

/**
 * A source of its own for each set of names under one seed: what one machine draws does not change when another one is
 * added, so that runs with and without it can be compared.
 */
export function seededBy(seed: number, ...names: readonly (string | number)[]): Random {
  // FNV-1a over the names; source: RFC 9923.
  let hash = 0x811c9dc5 ^ seed;
  for (const character of names.join('\0')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const random = seededRandom(hash);
  // The first numbers of near seeds resemble each other.
  random();
  return random;
}

/** A number of the standard normal distribution (Box and Muller's transform). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A number of the exponential distribution with that mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}
