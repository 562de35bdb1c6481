import type { StreamShape } from './stream-shape.js';

/** What a stream has told its client so far. */
export interface Emitted {
  readonly text: string;
  /** Records that carried text: nearly always one token each. */
  readonly tokens: number;
  /** The first record without its own news: what every later one repeats. */
  readonly identity: Identity | undefined;
  /** `text`: may be continued. `ended`: nothing is missing. `closed`: it holds what cannot be continued. */
  readonly state: 'text' | 'ended' | 'closed';
}

export interface Identity {
  readonly model: string;
  /** Of `/v1` streams. */
  readonly id?: string;
  readonly created?: number;
  readonly fingerprint?: string;
}

export const NOTHING_EMITTED: Emitted = { text: '', tokens: 0, identity: undefined, state: 'text' };

/** Longest text that is kept to be continued, in UTF-16 units. */
export const TEXT_LIMIT = 65_536;

/** Reads whole records of a stream into what is known of it. Pure; never throws: what it cannot read closes the stream. */
export function readEmitted(before: Emitted, records: string, shape: StreamShape): Emitted {
  let { text, tokens, identity, state } = before;
  for (const line of records.split('\n')) {
    if (line === '') continue;
    if (shape === 'openai' && line === SSE_END) state = 'ended';
    if (state !== 'text') continue;
    const news = readRecord(line, shape);
    if (news === undefined) {
      state = 'closed';
    } else {
      identity ??= news.identity;
      if (news.text !== '') tokens += 1;
      text += news.text;
      if (news.isLast) state = shape === 'openai' ? 'closed' : 'ended';
    }
  }
  return bounded({ text, tokens, identity, state });
}

/** Adds text that was sent to what is known of the stream. */
export function addText(before: Emitted, text: string): Emitted {
  return bounded({ ...before, text: before.text + text, tokens: before.tokens + 1 });
}

function bounded(emitted: Emitted): Emitted {
  if (emitted.state !== 'text') return { ...emitted, text: '' };
  return emitted.text.length > TEXT_LIMIT ? { ...emitted, text: '', state: 'closed' } : emitted;
}

interface News {
  readonly text: string;
  readonly identity: Identity;
  readonly isLast: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const SSE_DATA = 'data: ';
const SSE_END = 'data: [DONE]';

/** Undefined for a record that is not plain text. */
function readRecord(line: string, shape: StreamShape): News | undefined {
  if (shape !== 'openai') return readOllamaRecord(parse(line), shape);
  if (!line.startsWith(SSE_DATA)) return undefined;
  return readChunk(parse(line.slice(SSE_DATA.length)));
}

function readOllamaRecord(record: Fields | undefined, shape: StreamShape): News | undefined {
  if (record === undefined || typeof record.model !== 'string') return undefined;
  const said = shape === 'chat' ? fieldsOf(record.message) : record;
  const text = shape === 'chat' ? said?.content : said?.response;
  if (typeof text !== 'string' || isMoreThanText(said) || isMoreThanText(record)) return undefined;
  return { text, identity: { model: record.model }, isLast: record.done === true };
}

function readChunk(chunk: Fields | undefined): News | undefined {
  const { id, model, created, system_fingerprint: fingerprint } = chunk ?? {};
  const choice = Array.isArray(chunk?.choices) && chunk.choices.length === 1 ? fieldsOf(chunk.choices[0]) : undefined;
  const delta = fieldsOf(choice?.delta);
  if (typeof id !== 'string' || typeof model !== 'string' || typeof created !== 'number' || delta === undefined) return undefined;
  // A runner that died ends its stream in a record without a model.
  if (model === '' || isMoreThanText(delta) || isMoreThanText(choice)) return undefined;
  const identity = { id, model, created, ...(typeof fingerprint === 'string' ? { fingerprint } : {}) };
  return { text: typeof delta.content === 'string' ? delta.content : '', identity, isLast: choice?.finish_reason != null };
}

const MORE_THAN_TEXT = ['thinking', 'reasoning', 'reasoning_content', 'tool_calls', 'images', 'image', 'logprobs', 'error'];

function isMoreThanText(fields: Fields | undefined): boolean {
  return fields === undefined || MORE_THAN_TEXT.some((name) => Boolean(fields[name]));
}

function parse(json: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
