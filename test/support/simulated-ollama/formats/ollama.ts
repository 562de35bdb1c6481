import { goJson, JSON_TYPE, NDJSON_TYPE } from '../http/exchange.js';
import type { CompletionFormat, CompletionResult } from './completion-format.js';
import { goTime, nanoseconds } from './timestamps.js';

export interface OllamaFormatOptions {
  readonly model: string;
  readonly now: () => number;
  /** How a piece of text stands in a record: `response` of generate, `message` of chat. */
  readonly wrap: (text: string) => Record<string, unknown>;
  /** The `context` of generate: tokens of prompt and answer. */
  readonly context?: ((result: CompletionResult) => readonly number[]) | undefined;
}

export const wrapResponse = (text: string) => ({ response: text });
export const wrapMessage = (text: string) => ({ message: { role: 'assistant', content: text } });

/** `/api/generate` and `/api/chat`. */
export function ollamaFormat({ model, now, wrap, context }: OllamaFormatOptions): CompletionFormat {
  const record = (text: string, rest: Record<string, unknown>) => goJson({ model, created_at: goTime(now()), ...wrap(text), ...rest });
  const last = (text: string, result: CompletionResult) =>
    record(text, {
      done: true,
      done_reason: result.doneReason,
      ...(context === undefined ? {} : { context: context(result) }),
      total_duration: nanoseconds(result.totalMs),
      load_duration: nanoseconds(result.loadMs),
      prompt_eval_count: result.promptTokens,
      prompt_eval_duration: nanoseconds(result.promptEvalMs),
      eval_count: result.evalCount,
      eval_duration: nanoseconds(result.evalMs),
    });
  return {
    streamType: NDJSON_TYPE,
    wholeType: JSON_TYPE,
    token: (text) => `${record(text, { done: false })}\n`,
    end: (_text, result) => `${last('', result)}\n`,
    whole: last,
    failure: (message) => `${goJson({ error: message })}\n`,
    refusal: (_status, message) => ({ body: goJson({ error: message }), contentType: JSON_TYPE }),
  };
}
