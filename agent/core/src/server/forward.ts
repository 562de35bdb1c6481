import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { AppError, describeCause } from '@ollama-coordinator/common';
import { hostOf, portOf } from '../http/local-address.js';
import { requestFunction } from '../http/request-json.js';
import { sendAgentError } from './send-agent-error.js';

/** Headers that belong to one hop, or that only coordinator and agent exchange. Origin: CORS is the coordinator's matter. */
const NOT_FORWARDED = new Set([
  'authorization',
  'connection',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'origin',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'referer',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Connection errors before Ollama can have seen the request. */
const NOT_REACHED = new Set(['EADDRNOTAVAIL', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'ETIMEDOUT']);
const NOT_FORWARDED_PREFIX = /^x-(?:coordinator|agent|forwarded)-/;

export interface ForwardTarget {
  readonly ollamaUrl: string;
  readonly pool: Agent;
  readonly address: OllamaAddress;
  /** Sent to Ollama beside, or in the place of, the caller's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An Ollama's URL taken apart once, so that no request pays for it. */
export interface OllamaAddress {
  readonly hostname: string;
  readonly port: number;
  /** What stands before each path, without a trailing slash; usually empty. */
  readonly basePath: string;
}

export function ollamaAddress(ollamaUrl: string): OllamaAddress {
  return { hostname: hostOf(ollamaUrl), port: portOf(ollamaUrl), basePath: new URL(ollamaUrl).pathname.replace(/\/+$/, '') };
}

export interface ForwardEvents {
  /** Ollama's headers arrived; they come with the first token. */
  readonly onFirstByte: () => void;
  /** Called once, when the exchange with Ollama is over, whoever ended it. */
  readonly onClosed: () => void;
  /** Ollama could not be reached, or broke off. */
  readonly onFailure: () => void;
}

/**
 * Sends one request to Ollama and its answer back, byte for byte, with back-pressure both ways. A caller that leaves
 * takes the request to Ollama down at once. An Ollama that dies before its headers is a 502; one that dies later breaks the
 * caller's connection, so that a broken answer never looks like a whole one.
 */
export function forward(req: IncomingMessage, res: ServerResponse, target: ForwardTarget, events: ForwardEvents): void {
  const { ollamaUrl } = target;
  const upstream = openRequest(req, target);
  if (!upstream) {
    events.onClosed();
    sendAgentError(res, new AppError('BAD_REQUEST', { details: { reason: 'the request line or a header cannot be passed on' } }));
    return;
  }
  let failure: Error | undefined;
  res.once('close', () => {
    if (res.writableFinished && upstream.writableFinished) return;
    // Also an answer that came before the body was whole: nobody reads the rest, and it would block the connection.
    upstream.destroy();
    req.unpipe(upstream).resume();
  });
  upstream.on('error', (error) => {
    failure ??= error;
  });
  upstream.once('response', (answer) => {
    events.onFirstByte();
    relay(answer, res);
  });
  upstream.once('close', () => {
    events.onClosed();
    if (res.writableEnded || res.destroyed) return;
    events.onFailure();
    if (res.headersSent) res.destroy();
    else sendAgentError(res, upstreamError(ollamaUrl, failure));
  });
  sendBody(req, upstream);
}

/** A connection that was refused reached no Ollama; one that broke may have. The coordinator counts the second as an attempt. */
function upstreamError(url: string, failure: NodeJS.ErrnoException | undefined): AppError {
  const code = NOT_REACHED.has(failure?.code ?? '') ? 'OLLAMA_UNREACHABLE' : 'OLLAMA_FAILED';
  const cause = failure === undefined ? 'it closed the connection' : describeCause(failure);
  return new AppError(code, { details: { url, cause }, cause: failure });
}

function openRequest(req: IncomingMessage, { ollamaUrl, pool, address, headers: added }: ForwardTarget): ClientRequest | undefined {
  const { hostname, port, basePath } = address;
  try {
    const path = basePath + (req.url ?? '/');
    const headers = requestHeaders(req);
    if (added) Object.assign(headers, added);
    return requestFunction(ollamaUrl)({ hostname, port, path, method: req.method ?? 'GET', agent: pool, headers });
  } catch {
    return undefined;
  }
}

function sendBody(req: IncomingMessage, upstream: ClientRequest): void {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (hasBody) req.pipe(upstream);
  else upstream.end();
}

function relay(answer: IncomingMessage, res: ServerResponse): void {
  res.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
  answer.pipe(res);
  // Headers travel with the first chunk where that follows at once, else alone.
  setImmediate(() => {
    if (!res.destroyed && !res.writableEnded && res.writableLength === 0 && !answer.readableDidRead) res.flushHeaders();
  });
}

function requestHeaders(req: IncomingMessage): OutgoingHttpHeaders {
  const headers = endToEnd(req.headers);
  // Said outright, because Node frames a DELETE's body by itself neither way, and an unframed one would be another request.
  if (req.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  return headers;
}

function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = headers.connection?.toLowerCase().split(/\s*,\s*/) ?? [];
  const kept: OutgoingHttpHeaders = {};
  for (const name in headers) {
    if (!NOT_FORWARDED.has(name) && !NOT_FORWARDED_PREFIX.test(name) && !named.includes(name)) kept[name] = headers[name];
  }
  return kept;
}
