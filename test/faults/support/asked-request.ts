/** How a request ended, as its client saw it. The last three must never happen. */
export type Outcome =
  | 'open'
  /** The whole answer, word for word. */
  | 'complete'
  /** An error status, or an error record at the end of a stream. */
  | 'error'
  /** The client closed the connection. */
  | 'left'
  /** Nobody accepted the connection. */
  | 'refused'
  /** The connection broke: visible to the client, but nothing said why. */
  | 'cut'
  /** HTTP says that the answer is whole, but it is not. */
  | 'silent truncation'
  /** The stream says `done`, but words are missing, doubled or another's. */
  | 'false done'
  | 'malformed';

/** One request as its client recorded it. Times are monotonic milliseconds of this process. */
export interface AskedRequest {
  /** Stands in the prompt, so that what an Ollama received can be told apart. */
  readonly nonce: string;
  readonly url: string;
  readonly path: string;
  readonly stream: boolean;
  readonly expectedText: string;
  readonly sentMs: number;
  firstByteMs: number | undefined;
  endMs: number | undefined;
  /** When bytes came. */
  readonly chunkMs: number[];
  status: number | undefined;
  agent: string | undefined;
  retryAfterS: number | undefined;
  attempts: number | undefined;
  outcome: Outcome;
  /** The error's sentence, or what was wrong. */
  detail: string;
}

interface Ended {
  readonly status: number;
  readonly body: string;
  readonly stream: boolean;
  readonly expectedText: string;
}

/** What an answer amounts to that HTTP declared whole. */
export function judgeAnswer({ status, body, stream, expectedText }: Ended): { readonly outcome: Outcome; readonly detail: string } {
  let records: AnswerRecord[];
  try {
    const lines = body.split('\n').filter((line) => line !== '');
    records = lines.map((line) => JSON.parse(line) as AnswerRecord);
  } catch (error) {
    return { outcome: 'malformed', detail: `${(error as Error).message}: ${body.slice(-200)}` };
  }
  const last = records.at(-1);
  if (typeof last?.error === 'string') return { outcome: 'error', detail: last.error };
  if (status !== 200) return { outcome: 'malformed', detail: `status ${status} without an error: ${body.slice(0, 200)}` };
  const text = records.map(({ response, message }) => response ?? message?.content ?? '').join('');
  if (last?.done !== true)
    return { outcome: 'silent truncation', detail: `the ${stream ? 'stream' : 'answer'} ends after "${text.slice(-40)}"` };
  if (text !== expectedText) return { outcome: 'false done', detail: `not "${expectedText.slice(-60)}" but "${text.slice(-60)}"` };
  return { outcome: 'complete', detail: '' };
}

interface AnswerRecord {
  readonly response?: string;
  readonly message?: { readonly content: string };
  readonly done?: boolean;
  readonly error?: unknown;
}
