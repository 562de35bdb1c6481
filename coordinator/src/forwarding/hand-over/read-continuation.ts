/** A record of a raw `/api/generate` stream. */
export type ContinuationRecord =
  | { readonly kind: 'text'; readonly text: string; readonly createdAt: string }
  | { readonly kind: 'end'; readonly text: string; readonly createdAt: string; readonly figures: ContinuationFigures }
  /** An error record, or what is no record of such a stream. */
  | { readonly kind: 'unusable' };

/** What Ollama tells of its part; counts it leaves out are 0, as in Go. Durations are nanoseconds. */
export interface ContinuationFigures {
  readonly doneReason: string;
  readonly loadNs: number;
  readonly promptTokens: number;
  readonly promptNs: number;
  readonly outputTokens: number;
  readonly outputNs: number;
}

/** Reads one line. Pure; never throws. */
export function readContinuation(line: string): ContinuationRecord {
  const record = parse(line);
  const { response: text, created_at: createdAt } = record;
  if (typeof text !== 'string' || typeof createdAt !== 'string' || record.thinking) return { kind: 'unusable' };
  if (record.done !== true) return { kind: 'text', text, createdAt };
  const count = (name: string) => (typeof record[name] === 'number' ? record[name] : 0);
  const figures = {
    doneReason: typeof record.done_reason === 'string' ? record.done_reason : 'stop',
    loadNs: count('load_duration'),
    promptTokens: count('prompt_eval_count'),
    promptNs: count('prompt_eval_duration'),
    outputTokens: count('eval_count'),
    outputNs: count('eval_duration'),
  };
  return { kind: 'end', text, createdAt, figures };
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
