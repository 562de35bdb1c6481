import type { AgentRecord } from './fleet-snapshot.js';

/** A GPU that does not say how much memory it has counts as a small one. */
const UNKNOWN_VRAM_BYTES = 8e9;

/** Memory of all GPUs together; 0 where there is none. */
export function vramBytes({ metrics }: Pick<AgentRecord, 'metrics'>): number {
  let total = 0;
  for (const gpu of metrics.gpus) total += gpu.vram_bytes ?? UNKNOWN_VRAM_BYTES;
  return total;
}
