import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type Listening, listenOnLoopback } from './listen-on-loopback.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What an HTTP proxy changes in the JSON that passes it, so that a peer seems to speak another version of the protocol. */
export interface Translation {
  readonly request?: (path: string, body: JsonObject) => JsonObject;
  readonly answer?: (path: string, body: JsonObject) => JsonObject;
  /** For each NDJSON record of `/agent/watch`: the records that stand in its place. */
  readonly watchRecord?: (record: JsonObject) => readonly JsonObject[];
}

export type Translator = Listening;

/** `target` is asked for at each request, since it may be known later than the proxy. Answers that are not JSON pass as they are. */
export async function startTranslator(target: () => number, translation: Translation): Promise<Translator> {
  const server = createServer((req, res) => {
    void pass(req, res, target(), translation).catch(() => res.destroy());
  });
  return listenOnLoopback(server);
}

async function pass(req: IncomingMessage, res: ServerResponse, port: number, translation: Translation): Promise<void> {
  const path = req.url ?? '/';
  const body = translate(await read(req), (json) => translation.request?.(path, json) ?? json);
  const headers = { ...req.headers, 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request({ host: '127.0.0.1', port, path, method: req.method, headers, agent: false });
  res.on('close', () => outgoing.destroy());
  outgoing.on('error', () => res.destroy());
  outgoing.on('response', (answer) => {
    const { statusCode = 500, headers: received } = answer;
    if (path === '/agent/watch') {
      res.writeHead(statusCode, received);
      return passRecords(answer, res, translation.watchRecord ?? ((record) => [record]));
    }
    void read(answer).then((text) => {
      const changed = translate(text, (json) => translation.answer?.(path, json) ?? json);
      const { 'transfer-encoding': _chunked, ...kept } = received;
      res.writeHead(statusCode, { ...kept, 'content-length': Buffer.byteLength(changed) }).end(changed);
    });
  });
  outgoing.end(body);
}

function passRecords(answer: IncomingMessage, res: ServerResponse, change: (record: JsonObject) => readonly JsonObject[]): void {
  let rest = '';
  answer.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) for (const record of change(JSON.parse(line) as JsonObject)) res.write(`${JSON.stringify(record)}\n`);
  });
  answer.on('close', () => res.end());
  answer.on('error', () => res.destroy());
}

async function read(stream: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

function translate(text: string, change: (body: JsonObject) => JsonObject): string {
  try {
    return JSON.stringify(change(JSON.parse(text) as JsonObject));
  } catch {
    return text;
  }
}
