import type { StreamShape } from './stream-shape.js';

type Fields = Readonly<Record<string, unknown>>;

/** Fields whose mere presence means more than text, or a prompt that cannot be rendered again. */
const NEVER: Readonly<Record<StreamShape, readonly string[]>> = {
  chat: ['format', 'logprobs', 'top_logprobs', 'tools', 'think', '_debug_render_only'],
  generate: ['format', 'logprobs', 'top_logprobs', 'images', 'suffix', 'context', 'think', '_debug_render_only'],
  openai: ['tools', 'logprobs', 'top_logprobs', 'reasoning', 'reasoning_effort', '_debug_render_only'],
};

/** Whether a stream that this request asks for is plain text, so that any agent with the model can go on with it. Pure. */
export function canHandOver(shape: StreamShape, fields: Fields): boolean {
  if (NEVER[shape].some((name) => isSet(fields[name]))) return false;
  if (shape === 'generate') return typeof fields.prompt === 'string' && fields.prompt !== '';
  if (shape === 'openai' && (isMany(fields.n) || !isPlainFormat(fields.response_format))) return false;
  return Array.isArray(fields.messages) && fields.messages.length > 0 && fields.messages.every(isPlainMessage);
}

/** From this version on Ollama renders a prompt without answering it (`_debug_render_only`). */
const RENDERS_FROM = [0, 11, 11];

/** Whether an Ollama of this version renders prompts. False for a version that cannot be read. */
export function rendersPrompts(version: string): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!parts) return false;
  const differing = RENDERS_FROM.findIndex((part, index) => part !== parts[index]);
  return differing < 0 || (parts[differing] ?? 0) > (RENDERS_FROM[differing] ?? 0);
}

/** As Ollama sees it: an empty list, an empty text, false, zero and null are as good as absent. */
function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function isMany(n: unknown): boolean {
  return n !== undefined && n !== null && n !== 1;
}

function isPlainFormat(format: unknown): boolean {
  return !isSet(format) || (format as { type?: unknown }).type === 'text';
}

const MORE_THAN_TEXT = ['images', 'tool_calls', 'tool_call_id', 'tool_name', 'thinking', 'reasoning'];

function isPlainMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Fields;
  if (typeof message.role !== 'string' || message.role === 'tool') return false;
  if (MORE_THAN_TEXT.some((name) => isSet(message[name]))) return false;
  const { content } = message;
  return typeof content === 'string' || (Array.isArray(content) && content.every(isTextPart));
}

function isTextPart(part: unknown): boolean {
  return (
    typeof part === 'object' && part !== null && 'type' in part && part.type === 'text' && 'text' in part && typeof part.text === 'string'
  );
}
