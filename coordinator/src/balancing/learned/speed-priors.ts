/** A model of 7 billion parameters at 4 bits, for models whose size was not reported. */
const TYPICAL_MODEL_BYTES = 4e9;
/** From an SSD through the page cache into memory. */
const LOAD_BYTES_PER_S = 1e9;
/** What a load takes whatever the size: a process is started, the graph is built. */
const LOAD_START_S = 0.5;
/** Each token reads the whole model once, so that memory bandwidth is the speed: of a desktop's two channels. */
const CPU_BYTES_PER_S = 40e9;
/** Graphics cards with more memory have a faster one: 240 GB/s at 8 GB, 720 at 24 GB. */
const GPU_BYTES_PER_S_PER_BYTE = 30;
const GPU_BYTES_PER_S = { least: 150e9, most: 1500e9 };
/** A prompt's tokens are worked on together, so that each reading of the model serves many. */
const PREFILL_PER_DECODE = 20;

/** What nobody has measured yet: seconds, and tokens per second of a request that runs alone. */
export interface PriorSpeed {
  readonly load: number;
  readonly prefill: number;
  readonly decode: number;
}

/** The speed to expect of any agent with a model of that size; `vramBytes` of all its GPUs, 0 where it has none. Pure. */
export function priorSpeed(modelBytes: number, vramBytes: number): PriorSpeed {
  const bytes = modelBytes > 0 ? modelBytes : TYPICAL_MODEL_BYTES;
  // What does not fit into the GPUs is read from main memory, one part after the other.
  const onGpu = Math.min(bytes, vramBytes);
  const secondsPerToken = onGpu / gpuBandwidth(vramBytes) + (bytes - onGpu) / CPU_BYTES_PER_S;
  const decode = 1 / secondsPerToken;
  return { load: LOAD_START_S + bytes / LOAD_BYTES_PER_S, prefill: decode * PREFILL_PER_DECODE, decode };
}

function gpuBandwidth(vramBytes: number): number {
  return Math.min(Math.max(vramBytes * GPU_BYTES_PER_S_PER_BYTE, GPU_BYTES_PER_S.least), GPU_BYTES_PER_S.most);
}
