import type { IncomingHttpHeaders } from 'node:http';

/** One request as the simulated Ollama saw it. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Monotonic, on the server's clock. */
  readonly startedAtMs: number;
  /** The parsed JSON; undefined while it is being read, where it is not JSON, and over 1 MB. */
  body: unknown;
  bodyBytes: number;
  model: string | undefined;
  status: number | undefined;
  /** Tokens sent so far. */
  tokens: number;
  endedAtMs: number | undefined;
  /** `failed`: the simulated Ollama broke it off, by a fault or because it went down. */
  end: 'open' | 'completed' | 'client-left' | 'failed';
}

export type RequestLog = ReturnType<typeof createRequestLog>;

/** The last `keep` requests, oldest first. */
export function createRequestLog(keep: number) {
  const entries: LoggedRequest[] = [];
  return {
    entries: entries as readonly LoggedRequest[],
    add(entry: LoggedRequest): void {
      entries.push(entry);
      if (entries.length > keep * 1.25) entries.splice(0, entries.length - keep);
    },
    clear(): void {
      entries.length = 0;
    },
  };
}
