import { randomBytes } from 'node:crypto';
import { goJson, PLAIN_JSON_TYPE } from '../http/exchange.js';
import { anthropicError } from './api-errors.js';
import type { CompletionFormat, CompletionResult } from './completion-format.js';

/** `/v1/messages`, in Anthropic's shape. */
export function messagesFormat(model: string): CompletionFormat {
  const message = { id: `msg_${randomBytes(12).toString('hex')}`, type: 'message', role: 'assistant', model };
  const event = (type: string, rest: Record<string, unknown> = {}) => `event: ${type}\ndata: ${goJson({ type, ...rest })}\n\n`;
  return {
    streamType: 'text/event-stream',
    streamHeaders: { 'cache-control': 'no-cache', connection: 'keep-alive' },
    wholeType: PLAIN_JSON_TYPE,
    // The count at the start is Ollama's estimate from the length; the true one comes with the end.
    begin: (promptTokens) =>
      event('message_start', {
        message: { ...message, content: [], usage: { input_tokens: Math.ceil(promptTokens / 4), output_tokens: 0 } },
      }) + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    token: (text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    end: (_text, result) =>
      event('content_block_stop', { index: 0 }) +
      event('message_delta', { delta: { stop_reason: stopReason(result) }, usage: usage(result) }) +
      event('message_stop'),
    whole: (text, result) =>
      `${goJson({ ...message, content: [{ type: 'text', text }], stop_reason: stopReason(result), usage: usage(result) })}\n`,
    failure: (text) => event('error', { error: { type: 'api_error', message: text } }),
    refusal: (status, text) => ({ body: `${anthropicError(status, text)}\n`, contentType: PLAIN_JSON_TYPE }),
  };
}

function stopReason(result: CompletionResult): string {
  return result.doneReason === 'length' ? 'max_tokens' : 'end_turn';
}

function usage(result: CompletionResult) {
  return { input_tokens: result.promptTokens, output_tokens: result.evalCount };
}
