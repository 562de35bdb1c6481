export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export interface Question {
  readonly mode: 'chat' | 'generate';
  readonly model: string;
  /** Id of the agent that must answer; empty: any. */
  readonly agent: string;
  /** The last one is the prompt. */
  readonly messages: readonly Message[];
}

/** Who answered and why, as the response's headers say, and the figures of the last record. */
export interface Account {
  readonly requestId: string | undefined;
  readonly agent: string | undefined;
  readonly why: string | undefined;
  readonly attempts: string | undefined;
  readonly queueMs: number | undefined;
  readonly firstByteMs?: number;
  readonly outputTokens?: number;
  readonly tokensPerS?: number;
}

export interface AnswerParts {
  readonly onText: (piece: string) => void;
  readonly onAccount: (account: Account) => void;
}

/** Body of the request; what `curl` would send too. */
function bodyOf({ mode, model, messages }: Question): object {
  return mode === 'chat' ? { model, messages } : { model, prompt: messages.at(-1)?.content ?? '' };
}

function pathOf({ mode }: Pick<Question, 'mode'>): string {
  return mode === 'chat' ? '/api/chat' : '/api/generate';
}

/** The same as a command line, quoted for a POSIX shell. */
export function toCurl(question: Question, origin: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const pin = question.agent === '' ? '' : ` -H ${quoted(`x-coordinator-pin: ${question.agent}`)}`;
  return `curl ${origin}${pathOf(question)}${pin} -d ${quoted(JSON.stringify(bodyOf(question)))}`;
}

/** Asks, and tells the answer as it comes. Throws an Error with the coordinator's sentence; an AbortError when it was stopped. */
export async function streamAnswer(question: Question, signal: AbortSignal, { onText, onAccount }: AnswerParts): Promise<void> {
  const startedMs = performance.now();
  const response = await fetch(pathOf(question), {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', ...(question.agent === '' ? {} : { 'x-coordinator-pin': question.agent }) },
    body: JSON.stringify(bodyOf(question)),
  });
  let account = accountOf(response.headers);
  onAccount(account);
  if (!response.ok || response.body === null) throw new Error(errorOf(await response.text()));
  for await (const line of linesOf(response.body)) {
    const record = JSON.parse(line) as AnswerRecord;
    if (record.error !== undefined) throw new Error(record.error);
    const piece = record.message?.content ?? record.response ?? '';
    if (account.firstByteMs === undefined) account = { ...account, firstByteMs: performance.now() - startedMs };
    if (piece !== '') onText(piece);
    if (record.done === true) account = { ...account, ...figuresOf(record) };
  }
  onAccount(account);
}

interface AnswerRecord {
  readonly error?: string;
  readonly message?: { readonly content?: string };
  readonly response?: string;
  readonly done?: boolean;
  readonly eval_count?: number;
  /** Nanoseconds. */
  readonly eval_duration?: number;
}

function figuresOf({ eval_count: count, eval_duration: ns }: AnswerRecord): Partial<Account> {
  return {
    ...(count === undefined ? {} : { outputTokens: count }),
    ...(count === undefined || !ns ? {} : { tokensPerS: (count * 1e9) / ns }),
  };
}

function accountOf(headers: Headers): Account {
  const text = (name: string) => {
    const value = headers.get(`x-coordinator-${name}`);
    return value === null ? undefined : decoded(value);
  };
  const queueMs = text('queue-ms');
  return {
    requestId: text('request-id'),
    agent: text('agent'),
    why: text('why'),
    attempts: text('attempts'),
    queueMs: queueMs === undefined ? undefined : Number(queueMs),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function errorOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : text;
  } catch {
    return text;
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}
