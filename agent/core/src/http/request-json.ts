import http from 'node:http';
import https from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { type Clock, KeepAlivePool } from '@ollama-coordinator/common';

/** More than this is not an answer to a question of ours. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface JsonRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Bound of the whole exchange, milliseconds. */
  readonly timeoutMs: number;
  readonly agent: http.Agent;
}

export interface JsonAnswer {
  readonly status: number;
  /** The parsed body; undefined where it is empty or no JSON. */
  readonly body: unknown;
  /** It is a page for people. */
  readonly isPage: boolean;
}

/** Connections to one address, kept open between requests. `maxFreeSockets` is how many may idle. `tls`: whom to trust, what to show. */
export function createConnectionPool(url: string, maxFreeSockets: number, tls: SecureContextOptions = {}): http.Agent {
  const options = { keepAlive: true, maxFreeSockets, ...tls };
  return url.startsWith('https:') ? new https.Agent(options) : new http.Agent(options);
}

/** The same, for what is asked for many times a second. */
export function createBusyPool(url: string, maxFreeSockets: number, clock: Clock): http.Agent {
  return url.startsWith('https:') ? createConnectionPool(url, maxFreeSockets) : new KeepAlivePool({ clock, maxFreeSockets });
}

/** `request` of the protocol that the address names. */
export function requestFunction(url: string): typeof http.request {
  return url.startsWith('https:') ? https.request : http.request;
}

/** One exchange of JSON. Resolves with any status; rejects when no whole answer came within the time. */
export function requestJson({ url, method = 'GET', headers = {}, body, timeoutMs, agent }: JsonRequest): Promise<JsonAnswer> {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const withBody = payload ? { 'content-type': 'application/json', 'content-length': String(payload.length) } : {};
  return new Promise((resolve, reject) => {
    const request = requestFunction(url)(url, { method, agent, headers: { ...headers, ...withBody } });
    const timer = setTimeout(() => request.destroy(timedOut(timeoutMs)), timeoutMs);
    request.once('close', () => clearTimeout(timer));
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_ANSWER_BYTES) request.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        const isPage = response.headers['content-type']?.startsWith('text/html') === true;
        resolve({ status: response.statusCode ?? 0, body: parseOrUndefined(Buffer.concat(chunks)), isPage });
      });
    });
    request.end(payload);
  });
}

function timedOut(timeoutMs: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
}

function parseOrUndefined(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
