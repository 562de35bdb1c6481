import type { RequestFacts } from '@ollama-coordinator/common/balancing';

/**
 * What requests that belong together have in common: the caller's session, else the leading blocks of the prompt, at most
 * `blocks` of them. Undefined for a request of neither. Pure.
 */
export function affinityKey({ caller, session, model, prefix }: RequestFacts, blocks: number): string | undefined {
  if (session !== undefined) return `session ${caller} ${session}`;
  const block = prefix[Math.min(blocks, prefix.length) - 1];
  return block === undefined ? undefined : `prefix ${model} ${block}`;
}

/**
 * A number in (0, 1) that follows from the two texts, evenly spread over either (FNV-1a, then the finalizer of MurmurHash3).
 */
export function hashToUnit(key: string, agent: string): number {
  let hash = 0x811c9dc5;
  for (const text of [key, '\n', agent]) {
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
