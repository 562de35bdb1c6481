import { randomInt } from 'node:crypto';
import { goJson, PLAIN_JSON_TYPE } from '../http/exchange.js';
import { openAiError } from './api-errors.js';
import type { CompletionFormat, CompletionResult } from './completion-format.js';

export interface ResponsesFormatOptions {
  readonly model: string;
  readonly now: () => number;
  readonly instructions: string | null;
  readonly maxOutputTokens: number | null;
}

/** `/v1/responses`: one response object, or the events by which it comes into being. */
export function responsesFormat(options: ResponsesFormatOptions): CompletionFormat {
  const identity = { ...options, id: `resp_${randomInt(1_000_000)}`, createdAt: Math.floor(options.now() / 1000) };
  const itemId = `msg_${randomInt(1_000_000)}`;
  const place = { item_id: itemId, output_index: 0, content_index: 0 };
  const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  const item = (status: string, content: unknown[]) => ({ id: itemId, type: 'message', status, role: 'assistant', content });
  const begun = () => ({ response: responseObject(identity, 'in_progress', []) });
  const done = (text: string, result: CompletionResult) => responseObject(identity, 'completed', [item('completed', [part(text)])], result);
  let sequence = 0;
  const event = (type: string, rest: Record<string, unknown>) =>
    `event: ${type}\ndata: ${goJson({ type, sequence_number: sequence++, ...rest })}\n\n`;
  return {
    streamType: 'text/event-stream',
    streamHeaders: { 'cache-control': 'no-cache', connection: 'keep-alive' },
    wholeType: PLAIN_JSON_TYPE,
    begin: () =>
      event('response.created', begun()) +
      event('response.in_progress', begun()) +
      event('response.output_item.added', { output_index: 0, item: item('in_progress', []) }) +
      event('response.content_part.added', { ...place, part: part('') }),
    token: (text) => event('response.output_text.delta', { ...place, delta: text, logprobs: [] }),
    end: (text, result) =>
      event('response.output_text.done', { ...place, text, logprobs: [] }) +
      event('response.content_part.done', { ...place, part: part(text) }) +
      event('response.output_item.done', { output_index: 0, item: item('completed', [part(text)]) }) +
      event('response.completed', { response: done(text, result) }),
    whole: (text, result) => `${goJson(done(text, result))}\n`,
    failure: (message) => event('error', { code: 'api_error', message, param: null }),
    refusal: (status, message) => ({ body: `${openAiError(status, message)}\n`, contentType: PLAIN_JSON_TYPE }),
  };
}

interface Identity extends ResponsesFormatOptions {
  readonly id: string;
  readonly createdAt: number;
}

function responseObject(identity: Identity, status: string, output: unknown[], result?: CompletionResult) {
  return {
    id: identity.id,
    object: 'response',
    created_at: identity.createdAt,
    completed_at: result === undefined ? null : Math.floor(identity.now() / 1000),
    status,
    incomplete_details: null,
    model: identity.model,
    previous_response_id: null,
    instructions: identity.instructions,
    output,
    error: null,
    tools: [],
    tool_choice: 'auto',
    truncation: 'disabled',
    parallel_tool_calls: true,
    text: { format: { type: 'text' } },
    top_p: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    top_logprobs: 0,
    temperature: 1,
    reasoning: null,
    usage: result === undefined ? null : usage(result),
    max_output_tokens: identity.maxOutputTokens,
    max_tool_calls: null,
    store: false,
    background: false,
    service_tier: 'default',
    metadata: {},
    safety_identifier: null,
    prompt_cache_key: null,
  };
}

function usage(result: CompletionResult) {
  return {
    input_tokens: result.promptTokens,
    output_tokens: result.evalCount,
    total_tokens: result.promptTokens + result.evalCount,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
}
