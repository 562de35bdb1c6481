/** A record that is longer than this is passed over. */
const RECORD_LIMIT = 65_536;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Gathers the text of a streamed answer, whatever API it is of, up to `most` characters: records hold a token each, and only
 * text that is whole can be redacted.
 */
export class StreamText {
  readonly #most: number;
  readonly #texts: string[] = [];
  #length = 0;
  #rest = '';

  constructor(most: number) {
    this.#most = most;
  }

  add(chunk: Buffer): void {
    if (this.#length >= this.#most) return;
    const lines = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > RECORD_LIMIT) this.#rest = '';
    for (const line of lines) this.#read(line);
  }

  text(): string {
    this.#read(this.#rest);
    this.#rest = '';
    return this.#texts.join('').slice(0, this.#most);
  }

  #read(line: string): void {
    const json = line.startsWith('data: ') ? line.slice('data: '.length) : line;
    if (!json.startsWith('{')) return;
    for (const text of textsOf(json)) {
      this.#texts.push(text);
      this.#length += text.length;
    }
  }
}

/** Ollama's records, OpenAI's chunks and events of responses, Anthropic's events. */
function textsOf(json: string): readonly string[] {
  const record = parse(json);
  const message = fieldsOf(record.message);
  const choice = fieldsOf(Array.isArray(record.choices) ? record.choices[0] : undefined);
  const delta = fieldsOf(choice.delta ?? record.delta);
  const calls = message.tool_calls ?? delta.tool_calls;
  return [
    record.response,
    record.thinking,
    message.thinking,
    message.content,
    choice.text,
    delta.reasoning,
    delta.content,
    delta.thinking,
    delta.text,
    record.delta,
    record.error === undefined ? undefined : `\n${JSON.stringify(record.error)}`,
    calls === undefined ? undefined : JSON.stringify(calls),
  ].filter((text) => typeof text === 'string' && text !== '') as string[];
}

function parse(json: string): Fields {
  try {
    return fieldsOf(JSON.parse(json));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
