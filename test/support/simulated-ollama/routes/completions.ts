import type { Model } from '#simulator/ollama/model.js';
import { answerCompletion, type CompletionRequest, leaseRunner } from '../answer-completion.js';
import { type ChatMessage, renderChat } from '../answer-words.js';
import type { CompletionFormat } from '../formats/completion-format.js';
import { ollamaFormat, wrapMessage, wrapResponse } from '../formats/ollama.js';
import { goTime } from '../formats/timestamps.js';
import type { Exchange } from '../http/exchange.js';
import type { Handler } from '../http/router.js';
import { fullModelName, isCloudModel, isModelName } from '../model-store.js';
import type { ServerContext } from '../server-context.js';
import { type Body, keepAliveMs, readBody, record, refuse, text } from './read-body.js';

const GENERATE = {
  struct: 'GenerateRequest',
  fields: {
    model: 'string',
    prompt: 'string',
    suffix: 'string',
    system: 'string',
    template: 'string',
    stream: 'bool',
    raw: 'bool',
    options: 'map[string]interface {}',
  },
} as const;

const CHAT = {
  struct: 'ChatRequest',
  fields: { model: 'string', messages: '[]api.Message', stream: 'bool', options: 'map[string]interface {}' },
} as const;

/** POST /api/generate */
export const generateRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'ollama', GENERATE);
    if (body === undefined) return;
    const model = findCompletionModel(server, exchange, text(body.model), 'generate');
    if (model === undefined) return;
    const prompt = text(body.prompt);
    const wrap = wrapResponse;
    if (prompt === '') return await loadOrUnload(server, exchange, { model, body, wrap });
    const raw = body.raw === true;
    const system = text(body.system) === '' ? [] : [{ role: 'system', content: text(body.system) }];
    const rendered = raw ? prompt : renderChat([...system, { role: 'user', content: prompt }]);
    if (body._debug_render_only === true) return answerDebugRender(server, exchange, { body, wrap, rendered });
    const format = ollamaFormat({
      model: text(body.model),
      now: () => server.clock.now(),
      wrap,
      context: raw
        ? undefined
        : ({ promptTokens, evalCount }) => Array.from({ length: promptTokens + evalCount }, (_, index) => 259 + (index % 90)),
    });
    await answerCompletion(server, exchange, { ...commonParts(model, body, format), prompt: rendered, promptChars: prompt.length });
  };

/** POST /api/chat */
export const chatRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'ollama', CHAT);
    if (body === undefined) return;
    if (text(body.model) === '') return refuse(exchange, 'ollama', 400, 'model is required');
    const model = findCompletionModel(server, exchange, text(body.model), 'chat');
    if (model === undefined) return;
    const messages = chatMessages(body.messages);
    const unsupported = unsupportedFeature(model, body);
    if (unsupported !== undefined) return refuse(exchange, 'ollama', 400, unsupported);
    if (messages.length === 0) return await loadOrUnload(server, exchange, { model, body, wrap: wrapMessage });
    const rendered = renderChat(messages);
    if (body._debug_render_only === true)
      return answerDebugRender(server, exchange, { body, wrap: () => ({ message: { role: '', content: '' } }), rendered });
    const format = ollamaFormat({ model: text(body.model), now: () => server.clock.now(), wrap: wrapMessage });
    await answerCompletion(server, exchange, { ...commonParts(model, body, format), prompt: rendered, promptChars: charsOf(messages) });
  };

export function charsOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}

/** Messages with their text; a content of parts, as OpenAI's and Anthropic's clients send, is its texts in a row. */
export function chatMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value)) return [];
  return value.map((one) => ({ role: text(record(one).role), content: contentText(record(one).content) }));
}

export function contentText(content: unknown): string {
  if (!Array.isArray(content)) return text(content);
  return content.map((part) => text(record(part).text)).join('');
}

function commonParts(model: Model, body: Body, format: CompletionFormat): Omit<CompletionRequest, 'prompt' | 'promptChars'> {
  const options = record(body.options);
  return {
    model,
    format,
    stream: body.stream !== false,
    maxTokens: typeof options.num_predict === 'number' ? options.num_predict : undefined,
    options,
    keepAliveMs: keepAliveMs(body.keep_alive),
  };
}

function findCompletionModel(server: ServerContext, exchange: Exchange, name: string, verb: string): Model | undefined {
  if (!isModelName(name)) refuse(exchange, 'ollama', 400, 'invalid model name');
  else if (isCloudModel(name)) refuse(exchange, 'ollama', 403, 'ollama cloud is disabled: remote model is unavailable');
  else {
    const model = server.models.find(name);
    if (model?.kind === 'completion') return model;
    if (model === undefined) refuse(exchange, 'ollama', 404, `model '${name}' not found`);
    else refuse(exchange, 'ollama', 400, `${JSON.stringify(name)} does not support ${verb}`);
  }
  return undefined;
}

/** Ollama's sentence about something asked for that the model cannot do. */
export function unsupportedFeature(model: Model, body: Body): string | undefined {
  const can = (name: string) => model.capabilities.includes(name);
  if (Array.isArray(body.tools) && body.tools.length > 0 && !can('tools')) return `${fullModelName(model.name)} does not support tools`;
  if ((body.think === true || typeof body.think === 'string') && !can('thinking'))
    return `${JSON.stringify(text(body.model))} does not support thinking`;
  const hasImages = Array.isArray(body.messages) && body.messages.some((one) => Array.isArray(record(one).images));
  if (!hasImages || can('vision')) return undefined;
  const message = 'Multimodal data provided, but model does not support multimodal requests.';
  return JSON.stringify({ error: { code: 400, message, type: 'invalid_request_error' } });
}

interface Shown {
  readonly body: Body;
  readonly wrap: (text: string) => Record<string, unknown>;
}

/** A call without a prompt: it loads the model, or with `keep_alive` 0 unloads it. One object, even when streaming is on. */
async function loadOrUnload(
  server: ServerContext,
  exchange: Exchange,
  { model, body, wrap }: Shown & { readonly model: Model },
): Promise<void> {
  const keepMs = keepAliveMs(body.keep_alive);
  const done = (reason: string) =>
    exchange.json(200, { model: text(body.model), created_at: goTime(server.clock.now()), ...wrap(''), done: true, done_reason: reason });
  if (keepMs === 0) {
    server.scheduler.expire(model);
    return done('unload');
  }
  const request = { model, options: record(body.options), keepAliveMs: keepMs };
  const lease = await leaseRunner(server, exchange, request, (status, message) => refuse(exchange, 'ollama', status, message));
  if (lease === undefined) return;
  done('load');
  lease.release();
}

function answerDebugRender(
  server: ServerContext,
  exchange: Exchange,
  { body, wrap, rendered }: Shown & { readonly rendered: string },
): void {
  exchange.json(200, {
    model: text(body.model),
    created_at: goTime(server.clock.now()),
    ...wrap(''),
    done: false,
    _debug_info: { rendered_template: rendered },
  });
}
