import { modelOfSignature, type Request, TRACE_COLUMNS } from '@ollama-coordinator/common';

/** Tokens of requests for a model of which no answer was ever counted. */
const UNKNOWN = { input: 300, output: 200 };

/**
 * Recorded requests as a trace: when each came, for which model and load options, and how many tokens it took. Callers and
 * sessions are numbered, so that the trace names nobody; `named` keeps the callers. What was not counted, as of a request
 * that was turned away, is the mean of its model. Pure.
 */
export function arrivalsToTrace(requests: readonly Request[], named = false): string {
  const sorted = requests.toSorted((one, other) => Date.parse(one.received_at) - Date.parse(other.received_at));
  const startMs = Date.parse(sorted[0]?.received_at ?? '');
  const callers = numbered('caller');
  const sessions = numbered('session');
  const usual = usualTokens(sorted);
  const rows = sorted.map(({ received_at, model, signature = model, caller, session, prompt_tokens, output_tokens }) => [
    Date.parse(received_at) - startMs,
    modelOfSignature(signature),
    /;num_ctx=(\d+)/.exec(signature)?.[1] ?? '',
    named ? quoted(caller) : callers(caller),
    session === undefined ? '' : sessions(session),
    prompt_tokens ?? usual(model).input,
    output_tokens ?? usual(model).output,
  ]);
  return `${[TRACE_COLUMNS, ...rows].map((row) => row.join(',')).join('\n')}\n`;
}

function numbered(word: string): (name: string) => string {
  const numbers = new Map<string, number>();
  return (name) => {
    const number = numbers.get(name) ?? numbers.size + 1;
    numbers.set(name, number);
    return `${word}-${number}`;
  };
}

function usualTokens(requests: readonly Request[]): (model: string) => { readonly input: number; readonly output: number } {
  const sums = new Map<string, { count: number; input: number; output: number }>();
  for (const { model, prompt_tokens: input, output_tokens: output } of requests) {
    if (input === undefined || output === undefined) continue;
    const sum = sums.get(model) ?? { count: 0, input: 0, output: 0 };
    sums.set(model, { count: sum.count + 1, input: sum.input + input, output: sum.output + output });
  }
  return (model) => {
    const sum = sums.get(model);
    return sum ? { input: Math.round(sum.input / sum.count), output: Math.round(sum.output / sum.count) } : UNKNOWN;
  };
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""').replaceAll(/[\n\r]/g, ' ')}"` : text;
}
