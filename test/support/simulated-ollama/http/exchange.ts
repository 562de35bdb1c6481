import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Fault } from '../faults.js';
import type { LoggedRequest } from '../request-log.js';
import { createDrip } from './drip.js';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const PLAIN_JSON_TYPE = 'application/json';
export const NDJSON_TYPE = 'application/x-ndjson';

/** From this size on Go's server no longer knows the length when the headers leave, and answers in chunks. */
const CHUNKED_FROM_BYTES = 2048;

/** One request and the ways to answer it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly log: LoggedRequest;
  readonly fault: Fault | undefined;
  /** Fires when the client leaves before the answer is whole, also when it closes its side only. */
  readonly left: AbortSignal;
  json(status: number, value: unknown, contentType?: string): void;
  /** A whole body. Without a content type none is sent. */
  send(status: number, body: string, contentType?: string, headers?: OutgoingHttpHeaders): void;
  /** Headers of a stream; `write` answers false when the client reads too slowly, and `onDrain` tells when it caught up. */
  begin(contentType: string, headers?: OutgoingHttpHeaders): void;
  write(text: string): boolean;
  end(text?: string): void;
  onDrain(run: () => void): void;
  reset(): void;
}

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly log: LoggedRequest;
  readonly fault: Fault | undefined;
  readonly left: AbortSignal;
}

export function createExchange({ request, response, path, params, body, log, fault, left }: ExchangeParts): Exchange {
  const method = request.method ?? 'GET';
  const drip = fault?.kind === 'drip' ? createDrip(response, fault.bytes, fault.everyMs ?? 10) : undefined;
  const output = drip ?? response;

  function head(status: number, contentType: string | undefined, headers: OutgoingHttpHeaders): void {
    log.status = status;
    // Go's server names neither Connection nor Keep-Alive.
    response.removeHeader('connection');
    response.writeHead(status, { ...headers, ...(contentType === undefined ? {} : { 'content-type': contentType }) });
  }

  function send(status: number, text: string, contentType?: string, headers: OutgoingHttpHeaders = {}): void {
    const bytes = Buffer.from(text);
    const wrongBy = fault?.kind === 'wrong-length' ? fault.bytes : 0;
    const known = (bytes.length < CHUNKED_FROM_BYTES && headers['transfer-encoding'] === undefined) || wrongBy > 0;
    head(status, contentType, known ? { 'content-length': bytes.length + wrongBy, ...headers } : headers);
    if (wrongBy > 0) {
      log.end = 'failed';
      response.write(bytes, () => response.destroy());
    } else output.end(method === 'HEAD' ? undefined : bytes);
  }

  return {
    method,
    path,
    headers: request.headers,
    params,
    body,
    log,
    fault,
    left,
    send,
    json: (status, value, contentType = JSON_TYPE) =>
      send(status, goJson(value) + (contentType === PLAIN_JSON_TYPE ? '\n' : ''), contentType),
    begin: (contentType, headers = {}) => head(200, contentType, headers),
    write: (text) => output.write(text),
    end: (text) => {
      output.end(text);
    },
    onDrain: (run) => {
      response.on('drain', run);
    },
    reset: () => {
      log.end = 'failed';
      response.socket?.resetAndDestroy();
    },
  };
}

/** JSON as Go writes it: `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
