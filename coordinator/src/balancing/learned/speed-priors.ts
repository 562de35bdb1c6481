import type { Estimate, LearnedSpeed } from '@ollama-coordinator/common/balancing';

/** A model of 7 billion parameters at 4 bits, for models whose size was not reported. */
const TYPICAL_MODEL_BYTES = 4e9;
/** From an SSD through the page cache into memory. */
const LOAD_BYTES_PER_S = 1e9;
/** Each token reads the whole model once: memory bandwidth of a mid-range graphics card, and of a desktop's two channels. */
const GPU_BYTES_PER_S = 400e9;
const CPU_BYTES_PER_S = 40e9;
/** A prompt's tokens are worked on together, so that each reading of the model serves many. */
const PREFILL_PER_DECODE = 20;
/** What each further stream takes from the others' speed: batching shares the readings of the model, not the arithmetic. */
const SLOWDOWN_PER_STREAM = 0.15;
/** How far a guess may be off: the 90th percentile lies at this many times the mean. */
const SPREAD = 2;

/**
 * The speed to expect of an agent with a model that nobody has measured there: load seconds from the model's bytes at
 * 1 GB/s, decode tokens/s = memory bandwidth ÷ model bytes, prefill 20 times that. `concurrency` is the number of requests
 * that run at the same time, this one included. Pure.
 */
export function priorSpeed(modelBytes: number, hasGpu: boolean, concurrency: number): LearnedSpeed {
  const bytes = modelBytes > 0 ? modelBytes : TYPICAL_MODEL_BYTES;
  const alone = (hasGpu ? GPU_BYTES_PER_S : CPU_BYTES_PER_S) / bytes;
  const decode = alone / (1 + SLOWDOWN_PER_STREAM * Math.max(0, concurrency - 1));
  return { loadS: prior(bytes / LOAD_BYTES_PER_S), prefillTokensPerS: prior(decode * PREFILL_PER_DECODE), decodeTokensPerS: prior(decode) };
}

function prior(mean: number): Estimate {
  return { mean, p90: mean * SPREAD, from: 'prior' };
}
