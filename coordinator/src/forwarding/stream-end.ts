/** Figures that Ollama reports at the end of an answer. Counts of tokens, milliseconds. */
export interface FinalFigures {
  readonly loadMs?: number;
  readonly prefillMs?: number;
  readonly decodeMs?: number;
  readonly promptTokens?: number;
  readonly outputTokens?: number;
}

const LOAD_KEYS = ['"load_duration":'];
const PREFILL_KEYS = ['"prompt_eval_duration":'];
const DECODE_KEYS = ['"eval_duration":'];
const PROMPT_KEYS = ['"prompt_eval_count":', '"prompt_tokens":', '"input_tokens":'];
const OUTPUT_KEYS = ['"eval_count":', '"completion_tokens":', '"output_tokens":'];

/** Ollama's durations are nanoseconds. `/v1` answers have counts only. */
export function finalFigures(tail: string): FinalFigures {
  const promptTokens = lastNumber(tail, PROMPT_KEYS);
  const outputTokens = lastNumber(tail, OUTPUT_KEYS);
  const loadNs = lastNumber(tail, LOAD_KEYS);
  const counts = {
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
  // Only Ollama's own records have durations, and then all of them.
  if (loadNs === undefined) return counts;
  const prefillNs = lastNumber(tail, PREFILL_KEYS);
  const decodeNs = lastNumber(tail, DECODE_KEYS);
  return {
    loadMs: loadNs / 1e6,
    ...(prefillNs === undefined ? {} : { prefillMs: prefillNs / 1e6 }),
    ...(decodeNs === undefined ? {} : { decodeMs: decodeNs / 1e6 }),
    ...counts,
  };
}

/** Whether a stream that ended cleanly for HTTP ended as its API ends a whole answer; an error record does not. */
export function endsWhole(tail: string): boolean {
  return /"done":true|data: \[DONE\]|"type":"(message_stop|response\.completed|response\.incomplete)"/.test(tail);
}

/** The number behind the last of these keys, undefined where none of them stands before a number. */
function lastNumber(text: string, keys: readonly string[]): number | undefined {
  let start = -1;
  for (const key of keys) {
    const found = text.lastIndexOf(key);
    if (found >= 0) start = Math.max(start, found + key.length);
  }
  const number = start < 0 ? Number.NaN : Number.parseInt(text.slice(start, start + MOST_DIGITS), 10);
  return Number.isNaN(number) ? undefined : number;
}

/** Of a safe integer. */
const MOST_DIGITS = 16;
