/** One request of a trace. */
export interface TraceRequest {
  /** Milliseconds after the first request. */
  readonly atMs: number;
  /** Undefined where the trace names none: see assignModels(). Normalised. */
  readonly model: string | undefined;
  readonly numCtx: number | undefined;
  readonly caller: string;
  /** Requests of one session share their prompt's beginning: each repeats what was said before. */
  readonly session: string | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Where it stands in the file. */
  readonly line: number;
}

export interface Trace {
  /** Of its file. */
  readonly name: string;
  /** By time; never empty. */
  readonly requests: readonly TraceRequest[];
}
