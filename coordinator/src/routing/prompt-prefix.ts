import type { BlockHash } from '@ollama-coordinator/common/balancing';

/** The beginning of a prompt, cut into blocks: each hash stands for everything up to the end of its block. */
export interface PromptPrefix {
  readonly hashes: readonly BlockHash[];
  /** Where each of those blocks ends, in bytes of the body. */
  readonly endBytes: readonly number[];
}

export const NO_PREFIX: PromptPrefix = { hashes: [], endBytes: [] };

/** Fields with which a prompt begins, by the APIs' names for it. */
const PROMPT_FIELDS = ['"messages"', '"prompt"', '"input"'] as const;
/** A shorter prompt is not worth a block. */
const LEAST_BYTES = 256;
/** Blocks grow with their distance, so that a shared beginning is known to an eighth of its length by few of them. */
const CUTS = cuts(LEAST_BYTES, 65_536);

function cuts(least: number, most: number): readonly number[] {
  const ends: number[] = [];
  // Whole words of four bytes: what stands behind a block must not count.
  for (let end = least; end <= most; end += Math.max(least, (end >> 5) << 2)) ends.push(end);
  return ends;
}

/**
 * Hashes of the body's bytes from its prompt on: the next request of a conversation repeats them byte for byte. Some
 * microseconds for a usual body, and no more than some tens, since a long prompt is looked at for 64 KiB.
 */
export function promptPrefix(body: Buffer): PromptPrefix {
  if (body.length < LEAST_BYTES) return NO_PREFIX;
  const start = promptStart(body);
  if (start < 0 || body.length - start < LEAST_BYTES) return NO_PREFIX;
  const hashes: BlockHash[] = [];
  const endBytes: number[] = [];
  let one = 0x811c9dc5;
  let other = 0x2c1b3c6d;
  let at = start;
  for (const cut of CUTS) {
    const end = start + cut;
    if (end > body.length) break;
    for (; at < end; at += 4) {
      const word = body.readInt32LE(at);
      one = Math.imul(one ^ word, 0x01000193);
      one ^= one >>> 15;
      other = Math.imul(other + word, 0x297a2d39) ^ (other >>> 13);
    }
    hashes.push((one >>> 0).toString(36) + (other >>> 0).toString(36));
    endBytes.push(end);
  }
  return { hashes, endBytes };
}

function promptStart(body: Buffer): number {
  let start = -1;
  for (const field of PROMPT_FIELDS) {
    const found = body.indexOf(field, 0, 'latin1');
    if (found >= 0 && (start < 0 || found < start)) start = found;
  }
  return start;
}
