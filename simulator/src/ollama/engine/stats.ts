/** Counts of one simulated Ollama since its start. */
export interface Stats {
  requests: number;
  /** Inference requests that are not answered yet: queued, loading or generating. */
  inFlight: number;
  peakInFlight: number;
  /** Generations that took a slot or wait for one in a runner. */
  generating: number;
  peakGenerating: number;
  loads: number;
  unloads: number;
  /** Of these, runners that nobody used for their keep-alive time. */
  expired: number;
  /** Runners unloaded to make room for another model. */
  evictions: number;
  /** Runners unloaded because a request named other load options. */
  reloads: number;
  /** Inference requests whose client left before the end. */
  cancelled: number;
  tokens: number;
}

export function createStats(): Stats {
  return {
    requests: 0,
    inFlight: 0,
    peakInFlight: 0,
    generating: 0,
    peakGenerating: 0,
    loads: 0,
    unloads: 0,
    expired: 0,
    evictions: 0,
    reloads: 0,
    cancelled: 0,
    tokens: 0,
  };
}
