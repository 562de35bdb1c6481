import type { AgentConfig, HealthMetrics } from '@ollama-coordinator/common';

/** What Ollama leaves free on each card. Source: ollama/ollama, `discover/gpu.go`, 457 MiB and some rounding. */
const KEPT_FREE_BYTES = 512 * 1024 * 1024;

/** Bytes of VRAM that models may take together: what was configured, else what the cards have. Undefined = not known. */
export function maxRunnerBytes(configured: AgentConfig['vramBytes'], gpus: Readonly<HealthMetrics['gpus']>): number | undefined {
  if (configured === 'auto') return usableVramBytes(gpus);
  return configured === 0 ? undefined : configured;
}

/**
 * Bytes of VRAM that Ollama can fill with models. Undefined where no card says both what it has and what it uses: such a
 * figure may be that of a graphics chip inside the processor, which Ollama leaves alone.
 */
function usableVramBytes(gpus: Readonly<HealthMetrics['gpus']>): number | undefined {
  const cards = gpus.flatMap(({ vram_bytes: total, vram_used_bytes: used }) => (total === undefined || used === undefined ? [] : [total]));
  if (cards.length === 0) return undefined;
  return cards.reduce((sum, bytes) => sum + Math.max(0, bytes - KEPT_FREE_BYTES), 0);
}
