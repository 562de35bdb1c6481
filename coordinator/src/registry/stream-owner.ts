import type { AgentId } from '@ollama-coordinator/common/balancing';

/**
 * Which of the replicas reads the agent's own stream: the one with the highest hash of both ids (rendezvous hashing), so that all agree
 * without asking each other, and a replica that comes or goes moves only its own share.
 */
export function streamOwner(id: AgentId, replicas: readonly string[]): string | undefined {
  let owner: string | undefined;
  let highest = -1;
  for (const replica of replicas) {
    const weight = hash(`${replica}\n${id}`);
    if (weight > highest || (weight === highest && replica > (owner ?? ''))) {
      owner = replica;
      highest = weight;
    }
  }
  return owner;
}

/** FNV-1a, 32 bits, with the final mixing of MurmurHash3: names that differ in their last letter must be far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
