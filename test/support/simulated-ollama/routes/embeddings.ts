import { createHash } from 'node:crypto';
import type { Model } from '#simulator/ollama/model.js';
import { countTokens, leaseRunner } from '../answer-completion.js';
import { openAiError } from '../formats/api-errors.js';
import { nanoseconds } from '../formats/timestamps.js';
import { type Exchange, goJson, JSON_TYPE, PLAIN_JSON_TYPE } from '../http/exchange.js';
import type { Handler } from '../http/router.js';
import type { ServerContext } from '../server-context.js';
import { type Body, keepAliveMs, readBody, record, refuse, text } from './read-body.js';

const NOT_AN_EMBEDDER = 'This server does not support embeddings. Start it with `--embeddings`';
const FIELDS = { model: 'string', options: 'map[string]interface {}' } as const;

type Refuse = (status: number, message: string) => void;

/** POST /api/embed */
export const embedRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'ollama', { struct: 'EmbedRequest', fields: FIELDS });
    if (body === undefined) return;
    const fail: Refuse = (status, message) => refuse(exchange, 'ollama', status, message);
    const name = text(body.model);
    const model = server.models.find(name);
    if (model === undefined) return fail(404, name === '' ? "model '' not found" : unknown(name));
    const inputs = inputTexts(body.input);
    if (inputs.length === 0) return exchange.json(200, { model: name, embeddings: [] });
    if (model.kind !== 'embedding') return fail(501, NOT_AN_EMBEDDER);
    const startedAtMs = server.clock.monotonic();
    const result = await embedAll(server, exchange, { model, body, inputs, fail });
    if (result === undefined) return;
    exchange.json(200, {
      model: name,
      embeddings: result.vectors,
      total_duration: nanoseconds(server.clock.monotonic() - startedAtMs),
      load_duration: nanoseconds(result.loadMs),
      prompt_eval_count: result.promptTokens,
    });
  };

/** POST /api/embeddings */
export const embeddingsRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'ollama', { struct: 'EmbeddingRequest', fields: { ...FIELDS, prompt: 'string' } });
    if (body === undefined) return;
    const fail: Refuse = (status, message) => refuse(exchange, 'ollama', status, message);
    const name = text(body.model);
    if (name === '') return fail(400, 'model is required');
    const model = server.models.find(name);
    if (model === undefined) return fail(404, unknown(name));
    if (model.kind !== 'embedding') return fail(500, NOT_AN_EMBEDDER);
    const prompt = text(body.prompt);
    if (prompt === '') return exchange.json(200, { embedding: [] });
    const result = await embedAll(server, exchange, { model, body, inputs: [prompt], fail });
    if (result !== undefined) exchange.json(200, { embedding: result.vectors[0] ?? [] });
  };

/** POST /v1/embeddings */
export const v1EmbeddingsRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'openai', { struct: 'EmbedRequest', fields: { model: 'string' } });
    if (body === undefined) return;
    const fail: Refuse = (status, message) => exchange.send(status, `${openAiError(status, message)}\n`, PLAIN_JSON_TYPE);
    const inputs = inputTexts(body.input);
    if (inputs.length === 0) return exchange.send(400, openAiError(400, 'invalid input'), JSON_TYPE);
    const name = text(body.model);
    const model = server.models.find(name);
    if (model === undefined) return fail(404, unknown(name));
    if (model.kind !== 'embedding') return fail(501, NOT_AN_EMBEDDER);
    const result = await embedAll(server, exchange, { model, body, inputs, fail });
    if (result === undefined) return;
    const encode = (vector: number[]) =>
      body.encoding_format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
    const data = result.vectors.map((vector, index) => ({ object: 'embedding', embedding: encode(vector), index }));
    const usage = { prompt_tokens: result.promptTokens, total_tokens: result.promptTokens };
    exchange.send(200, `${goJson({ object: 'list', data, model: name, usage })}\n`, PLAIN_JSON_TYPE);
  };

const unknown = (name: string) => `model "${name}" not found, try pulling it first`;

function inputTexts(input: unknown): string[] {
  if (Array.isArray(input)) return input.map(text);
  return text(input) === '' ? [] : [text(input)];
}

interface EmbedParts {
  readonly model: Model;
  readonly body: Body;
  readonly inputs: readonly string[];
  readonly fail: Refuse;
}

async function embedAll(server: ServerContext, exchange: Exchange, { model, body, inputs, fail }: EmbedParts) {
  const options = record(body.options);
  const startedAtMs = server.clock.monotonic();
  const lease = await leaseRunner(server, exchange, { model, options, keepAliveMs: keepAliveMs(body.keep_alive) }, fail);
  if (lease === undefined) return undefined;
  const loadMs = server.clock.monotonic() - startedAtMs;
  const counts = inputs.map((input) => countTokens(model, input.length, options));
  const evaluate = (prompt: string, promptTokens: number) =>
    new Promise<void>((resolve, reject) => {
      const running = lease.runner.generate({
        prompt,
        promptTokens,
        outputTokens: 0,
        onToken: () => true,
        onEnd: () => resolve(),
        onFailure: (message) => reject(new Error(message)),
      });
      exchange.left.addEventListener('abort', () => {
        running.cancel();
        reject(new Error('request canceled'));
      });
    });
  try {
    await Promise.all(inputs.map((input, index) => evaluate(input, counts[index] ?? 1)));
  } catch (error) {
    if (!exchange.left.aborted) fail(500, error instanceof Error ? error.message : String(error));
    return undefined;
  } finally {
    lease.release();
  }
  const promptTokens = counts.reduce((sum, count) => sum + count, 0);
  return { vectors: inputs.map((input) => vectorOf(input, model.embeddingLength)), loadMs, promptTokens };
}

/** A vector of length 1 that depends on the text only. */
function vectorOf(input: string, length: number): number[] {
  const values: number[] = [];
  for (let block = 0; values.length < length; block += 1) {
    const bytes = createHash('sha256').update(`${block} ${input}`).digest();
    for (const byte of bytes) values.push(byte / 127.5 - 1);
  }
  const cut = values.slice(0, length);
  const norm = Math.hypot(...cut);
  return cut.map((value) => Math.fround(value / norm));
}
