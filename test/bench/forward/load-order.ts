import type { Spread } from '../support/statistics.js';

/** What the load process is told to do: `connections` clients, each sending its next request when it has the answer to its last. */
export interface LoadOrder {
  /** The clients are spread over these addresses. */
  readonly urls: readonly string[];
  readonly connections: number;
  /** No request starts after that; those that run are finished. */
  readonly seconds: number;
  /** The clients start evenly over this time, so that they do not march in step. */
  readonly spreadMs: number;
  /** Of every request, beside its own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: replies that are not streamed. */
  readonly stream?: { readonly records: number; readonly paceMs: number };
}

/** What it saw. Times in milliseconds, by its own clock. */
export interface LoadResult {
  readonly requests: number;
  /** Streamed records that arrived. */
  readonly records: number;
  readonly wallMs: number;
  /** Request sent → first byte of the body. */
  readonly firstByteMs: Spread;
  /** Request sent → end of the reply. */
  readonly totalMs: Spread;
  /** Between two arrivals within a stream. */
  readonly gapMs: Spread;
  readonly failureCount: number;
  /** The first few, as sentences. */
  readonly failures: readonly string[];
}
