/** Figures that Ollama reports at the end of an answer. Counts of tokens, milliseconds. */
export interface FinalFigures {
  readonly loadMs?: number;
  readonly prefillMs?: number;
  readonly decodeMs?: number;
  readonly promptTokens?: number;
  readonly outputTokens?: number;
}

const PROMPT_KEYS = ['"prompt_eval_count":', '"prompt_tokens":', '"input_tokens":'];
const OUTPUT_KEYS = ['"eval_count":', '"completion_tokens":', '"output_tokens":'];

/** Ollama's durations are nanoseconds. `/v1` answers have counts only, of another name. */
export function finalFigures(tail: string): FinalFigures {
  const figures: { -readonly [Name in keyof FinalFigures]: FinalFigures[Name] } = {};
  const loadNs = numberAfter(tail, '"load_duration":');
  if (loadNs === undefined) {
    addNumber(figures, 'promptTokens', lastNumber(tail, PROMPT_KEYS));
    addNumber(figures, 'outputTokens', lastNumber(tail, OUTPUT_KEYS));
    return figures;
  }
  // Only Ollama's own records have durations, and then all of them.
  figures.loadMs = loadNs / 1e6;
  addNumber(figures, 'promptTokens', numberAfter(tail, '"prompt_eval_count":'));
  addNumber(figures, 'outputTokens', numberAfter(tail, '"eval_count":'));
  addNumber(figures, 'prefillMs', numberAfter(tail, '"prompt_eval_duration":'), 1e6);
  addNumber(figures, 'decodeMs', numberAfter(tail, '"eval_duration":'), 1e6);
  return figures;
}

function addNumber(figures: Record<string, number>, name: keyof FinalFigures, value: number | undefined, unit = 1): void {
  if (value !== undefined) figures[name] = value / unit;
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
  return start < 0 ? undefined : numberAt(text, start);
}

function numberAfter(text: string, key: string): number | undefined {
  const found = text.lastIndexOf(key);
  return found < 0 ? undefined : numberAt(text, found + key.length);
}

function numberAt(text: string, start: number): number | undefined {
  const number = Number.parseInt(text.slice(start, start + MOST_DIGITS), 10);
  return Number.isNaN(number) ? undefined : number;
}

/** Of a safe integer. */
const MOST_DIGITS = 16;
