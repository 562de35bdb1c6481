import { randomInt } from 'node:crypto';
import { goJson, PLAIN_JSON_TYPE } from '../http/exchange.js';
import { openAiError } from './api-errors.js';
import type { CompletionFormat, CompletionResult } from './completion-format.js';

export interface OpenAiFormatOptions {
  readonly model: string;
  readonly now: () => number;
  readonly includeUsage: boolean;
}

/** What differs between chat and text completions. */
interface Kind {
  readonly idPrefix: string;
  readonly wholeObject: string;
  readonly chunkObject: string;
  piece(text: string, index: number): Record<string, unknown>;
  last(finish: string): Record<string, unknown>;
  whole(text: string, finish: string): Record<string, unknown>;
}

const CHAT: Kind = {
  idPrefix: 'chatcmpl',
  wholeObject: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  piece: (content, index) => ({ index: 0, delta: index === 0 ? { role: 'assistant', content } : { content }, finish_reason: null }),
  last: (finish) => ({ index: 0, delta: {}, finish_reason: finish }),
  whole: (content, finish) => ({ index: 0, message: { role: 'assistant', content }, finish_reason: finish }),
};

const TEXT: Kind = {
  idPrefix: 'cmpl',
  wholeObject: 'text_completion',
  chunkObject: 'text_completion',
  piece: (text) => ({ text, index: 0, finish_reason: null }),
  last: (finish) => ({ text: '', index: 0, finish_reason: finish }),
  whole: (text, finish) => ({ text, index: 0, finish_reason: finish }),
};

export const chatCompletionFormat = (options: OpenAiFormatOptions) => openAiFormat(CHAT, options);
export const textCompletionFormat = (options: OpenAiFormatOptions) => openAiFormat(TEXT, options);

function openAiFormat(kind: Kind, { model, now, includeUsage }: OpenAiFormatOptions): CompletionFormat {
  const id = `${kind.idPrefix}-${randomInt(1000)}`;
  const created = Math.floor(now() / 1000);
  const shape = (object: string, choices: unknown[], more: Record<string, unknown> = {}, ofModel = model) =>
    goJson({ id, object, created, model: ofModel, system_fingerprint: 'fp_ollama', choices, ...more });
  const event = (data: string) => `data: ${data}\n\n`;
  const chunk = (choices: unknown[], more?: Record<string, unknown>) => event(shape(kind.chunkObject, choices, more));
  return {
    streamType: 'text/event-stream',
    wholeType: PLAIN_JSON_TYPE,
    token: (text, index) => chunk([kind.piece(text, index)]),
    end: (_text, result) =>
      chunk([kind.last(result.doneReason)]) + (includeUsage ? chunk([], { usage: usage(result) }) : '') + event('[DONE]'),
    whole: (text, result) => `${shape(kind.wholeObject, [kind.whole(text, result.doneReason)], { usage: usage(result) })}\n`,
    // The error itself is lost: what comes is a record with nothing in it, and no [DONE].
    failure: () => event(shape(kind.chunkObject, [kind.piece('', 0)], {}, '')),
    refusal: (status, message) => ({ body: `${openAiError(status, message)}\n`, contentType: PLAIN_JSON_TYPE }),
  };
}

function usage(result: CompletionResult) {
  return {
    prompt_tokens: result.promptTokens,
    completion_tokens: result.evalCount,
    total_tokens: result.promptTokens + result.evalCount,
  };
}
