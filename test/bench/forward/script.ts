/**
 * What a request asks the backend for, written into its prompt so that every proxy passes it on: how many records, how far
 * apart, and a tag that comes back in each of them, so that a reply that reached the wrong client shows.
 */
export interface Script {
  /** Eight digits. */
  readonly tag: string;
  readonly records: number;
  readonly paceMs: number;
}

export const MODEL = 'bench:latest';

export function formatPrompt({ tag, records, paceMs }: Script): string {
  return `${tag} ${records} ${paceMs}`;
}

export function parsePrompt(prompt: string): Script {
  const [tag = '', records, paceMs] = prompt.split(' ');
  return { tag, records: Number(records), paceMs: Number(paceMs) };
}

/** The body of a request, as Ollama takes it. */
export function formatRequest(script: Script, stream: boolean): string {
  return JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: formatPrompt(script) }], stream });
}

const CREATED = '2026-01-01T00:00:00.000000000Z';

/** Record `index` of a streamed reply; the last one carries Ollama's figures. All but the last have the same length. */
export function formatRecord({ tag, records }: Script, index: number): string {
  if (index === records - 1) return `${formatReply({ tag, records }, '')}\n`;
  const content = ` ${tag}-${String(index).padStart(5, '0')}`;
  return `{"model":"${MODEL}","created_at":"${CREATED}","message":{"role":"assistant","content":"${content}"},"done":false}\n`;
}

/** The reply that is not streamed. */
export function formatReply({ tag, records }: Pick<Script, 'tag' | 'records'>, content = ` ${tag}`): string {
  return JSON.stringify({
    model: MODEL,
    created_at: CREATED,
    message: { role: 'assistant', content },
    done_reason: 'stop',
    done: true,
    total_duration: 1_000_000 + Number(tag),
    load_duration: 1000,
    prompt_eval_count: 10,
    prompt_eval_duration: 100_000,
    eval_count: records,
    eval_duration: 800_000,
  });
}

/** Every byte of a streamed reply. */
export function formatStream(script: Script): Buffer {
  return Buffer.from(Array.from({ length: script.records }, (_, index) => formatRecord(script, index)).join(''));
}
