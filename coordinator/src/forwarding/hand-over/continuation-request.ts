import type { Emitted } from './emitted.js';
import type { StreamShape } from './stream-shape.js';

type Fields = Readonly<Record<string, unknown>>;

/** A request to one agent. */
export interface AgentRequest {
  readonly path: '/api/chat' | '/api/generate';
  readonly body: Buffer;
}

/** The request whose answer is the rendered prompt of `fields`, without any generation. */
export function renderRequest(shape: StreamShape, fields: Fields): AgentRequest {
  const request = shape === 'openai' ? openAiAsChat(fields) : fields;
  const body = toBody({ ...request, stream: false, _debug_render_only: true });
  return { path: shape === 'generate' ? '/api/generate' : '/api/chat', body };
}

/** The prompt in the answer to a render request; undefined where the agent's Ollama does not render. */
export function readRendered(answer: Buffer): string | undefined {
  try {
    const rendered = (JSON.parse(answer.toString('utf8')) as { _debug_info?: { rendered_template?: unknown } })._debug_info
      ?.rendered_template;
    return typeof rendered === 'string' && rendered !== '' ? rendered : undefined;
  } catch {
    return undefined;
  }
}

/** The prompt that needs no rendering: a raw one. */
export function rawPrompt(shape: StreamShape, fields: Fields): string | undefined {
  return shape === 'generate' && fields.raw === true && typeof fields.prompt === 'string' ? fields.prompt : undefined;
}

/** How many tokens the continuation may have; undefined where the request sets no limit. */
export function tokensLeft(shape: StreamShape, fields: Fields, { tokens }: Emitted): number | undefined {
  const limit = optionsOf(shape, fields).num_predict;
  return typeof limit === 'number' && limit > 0 ? Math.max(0, limit - tokens) : undefined;
}

/** Fields of a request that have the same meaning for its continuation. */
const KEPT = ['model', 'keep_alive', 'truncate', 'shift'];

/** The request that goes on behind what was emitted. `think` is off, since a raw prompt has said already whether the model thinks. */
export function continuationRequest(shape: StreamShape, fields: Fields, prompt: string, emitted: Emitted): AgentRequest {
  const left = tokensLeft(shape, fields, emitted);
  const kept = Object.fromEntries(KEPT.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));
  const options = { ...optionsOf(shape, fields), ...(left === undefined ? {} : { num_predict: left }) };
  return {
    path: '/api/generate',
    body: toBody({ ...kept, prompt: prompt + emitted.text, raw: true, stream: true, think: false, options }),
  };
}

/** Whether the client asked for a last record with the counts. */
export function wantsUsage(fields: Fields): boolean {
  return fieldsOf(fields.stream_options).include_usage === true;
}

/** An OpenAI request as Ollama itself turns it into one of its own: a message of several texts becomes several messages. */
function openAiAsChat(fields: Fields): Fields {
  const messages = (fields.messages as readonly Fields[]).flatMap(({ role, content }) =>
    Array.isArray(content) ? content.map((part) => ({ role, content: fieldsOf(part).text })) : [{ role, content }],
  );
  return { model: fields.model, messages, options: optionsOf('openai', fields) };
}

function optionsOf(shape: StreamShape, fields: Fields): Fields {
  if (shape !== 'openai') return fieldsOf(fields.options);
  const { stop, temperature, top_p, seed, frequency_penalty, presence_penalty, max_tokens, max_completion_tokens } = fields;
  const options = {
    stop: typeof stop === 'string' ? [stop] : stop,
    num_predict: max_completion_tokens ?? max_tokens,
    temperature: temperature ?? 1,
    top_p: top_p ?? 1,
    seed,
    frequency_penalty,
    presence_penalty,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function toBody(fields: Fields): Buffer {
  return Buffer.from(JSON.stringify(fields));
}
