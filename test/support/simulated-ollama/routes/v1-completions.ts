import type { Model } from '#simulator/ollama/model.js';
import { answerCompletion, type CompletionRequest } from '../answer-completion.js';
import { renderChat } from '../answer-words.js';
import type { CompletionFormat } from '../formats/completion-format.js';
import { messagesFormat } from '../formats/messages.js';
import { chatCompletionFormat, textCompletionFormat } from '../formats/openai.js';
import { responsesFormat } from '../formats/responses.js';
import type { Exchange } from '../http/exchange.js';
import type { Handler } from '../http/router.js';
import { isCloudModel, isModelName } from '../model-store.js';
import type { ServerContext } from '../server-context.js';
import { charsOf, chatMessages, contentText, unsupportedFeature } from './completions.js';
import { type Body, readBody, record, refuse, text } from './read-body.js';

const MODEL_AND_STREAM = { model: 'string', stream: 'bool' } as const;

/** POST /v1/chat/completions */
export const chatCompletionsRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'openai', {
      struct: 'ChatCompletionRequest',
      fields: { ...MODEL_AND_STREAM, messages: '[]openai.Message' },
    });
    if (body === undefined) return;
    const messages = chatMessages(body.messages);
    if (messages.length === 0) return refuse(exchange, 'openai', 400, "[] is too short - 'messages'");
    const format = chatCompletionFormat(formatOptions(server, body));
    await complete(server, exchange, body, {
      format,
      prompt: renderChat(messages),
      promptChars: charsOf(messages),
      maxTokens: positive(body.max_completion_tokens) ?? positive(body.max_tokens),
    });
  };

/** POST /v1/completions */
export const textCompletionsRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'openai', { struct: 'CompletionRequest', fields: MODEL_AND_STREAM });
    if (body === undefined) return;
    const prompt = Array.isArray(body.prompt) ? text(body.prompt[0]) : text(body.prompt);
    await complete(server, exchange, body, {
      format: textCompletionFormat(formatOptions(server, body)),
      prompt: renderChat([{ role: 'user', content: prompt }]),
      promptChars: prompt.length,
      maxTokens: positive(body.max_tokens),
    });
  };

/** POST /v1/responses */
export const responsesRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'openai', { struct: 'ResponsesRequest', fields: MODEL_AND_STREAM });
    if (body === undefined) return;
    const instructions = text(body.instructions);
    const input = Array.isArray(body.input) ? chatMessages(body.input) : [{ role: 'user', content: text(body.input) }];
    const messages = [...(instructions === '' ? [] : [{ role: 'system', content: instructions }]), ...input];
    const maxTokens = positive(body.max_output_tokens);
    const format = responsesFormat({
      model: text(body.model),
      now: () => server.clock.now(),
      instructions: instructions === '' ? null : instructions,
      maxOutputTokens: maxTokens ?? null,
    });
    if (text(body.model) === '') return answerRefusal(exchange, format, 400, 'model is required');
    await complete(server, exchange, body, { format, prompt: renderChat(messages), promptChars: charsOf(messages), maxTokens });
  };

/** POST /v1/messages */
export const messagesRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'anthropic', { struct: 'MessagesRequest', fields: { ...MODEL_AND_STREAM, max_tokens: 'int' } });
    if (body === undefined) return;
    if (text(body.model) === '') return refuse(exchange, 'anthropic', 400, 'model is required');
    const maxTokens = positive(body.max_tokens);
    if (maxTokens === undefined) return refuse(exchange, 'anthropic', 400, 'max_tokens is required and must be positive');
    const system = contentText(body.system);
    const turns = chatMessages(body.messages);
    if (turns.length === 0) return refuse(exchange, 'anthropic', 400, 'messages is required');
    const messages = [...(system === '' ? [] : [{ role: 'system', content: system }]), ...turns];
    const format = messagesFormat(text(body.model));
    await complete(server, exchange, body, { format, prompt: renderChat(messages), promptChars: charsOf(messages), maxTokens });
  };

function formatOptions(server: ServerContext, body: Body) {
  return { model: text(body.model), now: () => server.clock.now(), includeUsage: record(body.stream_options).include_usage === true };
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

type Asked = Pick<CompletionRequest, 'format' | 'prompt' | 'promptChars' | 'maxTokens'>;

async function complete(server: ServerContext, exchange: Exchange, body: Body, asked: Asked): Promise<void> {
  const model = findModel(server, exchange, text(body.model), asked.format);
  if (model === undefined) return;
  const unsupported = unsupportedFeature(model, body);
  if (unsupported !== undefined) return answerRefusal(exchange, asked.format, 400, unsupported);
  await answerCompletion(server, exchange, { ...asked, model, stream: body.stream === true, options: {}, keepAliveMs: undefined });
}

function findModel(server: ServerContext, exchange: Exchange, name: string, format: CompletionFormat): Model | undefined {
  const model = server.models.find(name);
  if (!isModelName(name)) answerRefusal(exchange, format, 400, 'invalid model name');
  else if (isCloudModel(name)) answerRefusal(exchange, format, 403, 'ollama cloud is disabled: remote model is unavailable');
  else if (model === undefined) answerRefusal(exchange, format, 404, `model '${name}' not found`);
  else if (model.kind === 'completion') return model;
  else answerRefusal(exchange, format, 400, `${JSON.stringify(name)} does not support chat`);
  return undefined;
}

function answerRefusal(exchange: Exchange, format: CompletionFormat, status: number, message: string): void {
  const { body, contentType } = format.refusal(status, message);
  exchange.send(status, body, contentType);
}
