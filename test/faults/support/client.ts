import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { answerTo, renderChat } from '../../support/simulated-ollama/answer-words.js';
import { type AskedRequest, judgeAnswer } from './asked-request.js';

export interface AskOptions {
  /** Of the replica; the default is the one whose turn it is. */
  readonly url?: string;
  readonly path?: '/api/generate' | '/api/chat';
  readonly stream?: boolean;
  readonly tokens?: number;
  readonly model?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request on its way. */
export interface Asked {
  readonly record: AskedRequest;
  /** Resolves with the record when it has ended, however it did. */
  readonly ended: Promise<AskedRequest>;
  readonly firstByte: Promise<void>;
  /** Closes the connection as a client does that gives up. */
  leave(): void;
}

/** Callers that keep a record of everything they ask. */
export interface Client {
  readonly records: readonly AskedRequest[];
  ask(options?: AskOptions): Asked;
  /** `concurrency` callers that ask one after the other until stopped; `stop()` resolves when the last has its answer. */
  keepAsking(options: AskOptions & { readonly concurrency: number; readonly pauseMs?: number }): { stop(): Promise<void> };
  allEnded(): Promise<unknown>;
}

let lastNonce = 0;

export function createClient(urls: () => readonly string[], headers: Readonly<Record<string, string>> = {}): Client {
  const records: AskedRequest[] = [];
  const running = new Set<Promise<unknown>>();
  const connections = new Agent({ keepAlive: false });
  let turn = 0;

  function ask(options: AskOptions = {}): Asked {
    const choices = urls();
    turn += 1;
    const url = options.url ?? choices[turn % choices.length] ?? '';
    const asked = send({ ...options, url, headers: { ...headers, ...options.headers } }, connections);
    records.push(asked.record);
    running.add(asked.ended);
    void asked.ended.then(() => running.delete(asked.ended));
    return asked;
  }

  return {
    records,
    ask,
    keepAsking({ concurrency, pauseMs = 0, ...options }) {
      let isStopped = false;
      const callers = Array.from({ length: concurrency }, async () => {
        while (!isStopped) {
          const { outcome } = await ask(options).ended;
          const waitMs = outcome === 'complete' ? pauseMs : Math.max(pauseMs, 50);
          if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        }
      });
      return {
        async stop() {
          isStopped = true;
          await Promise.all(callers);
        },
      };
    },
    allEnded: () => Promise.all(running),
  };
}

type SendOptions = AskOptions & { readonly url: string; readonly headers: Readonly<Record<string, string>> };

function send({ url, path = '/api/generate', stream = true, tokens = 10, model = 'tiny', headers }: SendOptions, agent: Agent): Asked {
  lastNonce += 1;
  const nonce = `${process.pid}-${lastNonce}`;
  const prompt = `nonce ${nonce} q`;
  const answer = answerTo(renderChat([{ role: 'user', content: prompt }]));
  const record: AskedRequest = {
    nonce,
    url,
    path,
    stream,
    expectedText: Array.from({ length: tokens }, (_, index) => answer(index)).join(''),
    sentMs: performance.now(),
    firstByteMs: undefined,
    endMs: undefined,
    chunkMs: [],
    status: undefined,
    agent: undefined,
    retryAfterS: undefined,
    attempts: undefined,
    outcome: 'open',
    detail: '',
  };
  const said = path === '/api/chat' ? { messages: [{ role: 'user', content: prompt }] } : { prompt };
  const text = JSON.stringify({ model, stream, ...said, options: { num_predict: tokens } });
  const outgoing = request(`${url}${path}`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
  });
  let leave = () => {};
  let sawFirstByte = () => {};
  const firstByte = new Promise<void>((resolve) => {
    sawFirstByte = resolve;
  });
  const ended = new Promise<AskedRequest>((resolve) => {
    const end = (outcome: AskedRequest['outcome'], detail = '') => {
      if (record.outcome !== 'open') return;
      Object.assign(record, { outcome, detail, endMs: performance.now() });
      sawFirstByte();
      resolve(record);
    };
    leave = () => {
      end('left');
      outgoing.destroy();
    };
    follow(outgoing, record, end, sawFirstByte);
  });
  outgoing.end(text);
  return { record, ended, firstByte, leave: () => leave() };
}

function follow(
  outgoing: ClientRequest,
  record: AskedRequest,
  end: (outcome: AskedRequest['outcome'], detail?: string) => void,
  sawFirstByte: () => void,
): void {
  outgoing.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'cut', error.message));
  outgoing.on('response', (response: IncomingMessage) => {
    const { headers, statusCode = 0 } = response;
    record.status = statusCode;
    record.agent = text(headers['x-coordinator-agent']);
    record.attempts = number(headers['x-coordinator-attempts']);
    record.retryAfterS = number(headers['retry-after']);
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => {
      record.chunkMs.push(performance.now());
      record.firstByteMs ??= record.chunkMs[0];
      sawFirstByte();
      chunks.push(chunk);
    });
    response.on('error', (error) => end('cut', error.message));
    response.on('close', () => {
      if (!response.complete) return end('cut', 'the connection closed');
      const judged = judgeAnswer({ ...record, status: statusCode, body: Buffer.concat(chunks).toString() });
      end(judged.outcome, judged.detail);
    });
  });
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: string | string[] | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
