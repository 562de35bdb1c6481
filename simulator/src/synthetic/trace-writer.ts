import { TRACE_COLUMNS } from '@ollama-coordinator/common';

/** One request of a synthetic trace; `#2` is the fleet's second model. */
export interface SyntheticRequest {
  readonly atMs: number;
  readonly model: string;
  readonly numCtx?: number;
  readonly caller: string;
  readonly session?: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A trace as CSV, sorted by time. */
export function writeTrace(requests: readonly SyntheticRequest[]): string {
  const rows = requests
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ atMs, model, numCtx = '', caller, session = '', inputTokens, outputTokens }) =>
      [Math.round(atMs), model, numCtx, caller, session, inputTokens, outputTokens].join(','),
    );
  return `${[TRACE_COLUMNS.join(','), ...rows].join('\n')}\n`;
}
