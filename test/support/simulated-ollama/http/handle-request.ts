import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@ollama-coordinator/common';
import { SERVER_BUSY } from '#simulator/ollama/engine/scheduler.js';
import type { Stats } from '#simulator/ollama/engine/stats.js';
import { type Fault, type Faults, parseFault } from '../faults.js';
import type { Freezer } from '../freezer.js';
import type { LoggedRequest, RequestLog } from '../request-log.js';
import { type Api, refuse } from '../routes/read-body.js';
import { INFERENCE_PATHS } from '../routes/route-table.js';
import { checkAccess } from './access-rules.js';
import { createExchange, type Exchange } from './exchange.js';
import type { Routed } from './router.js';

const LOGGED_BODY_BYTES = 1_000_000;

export interface RequestDeps {
  readonly route: (method: string, path: string) => Routed;
  readonly clock: Clock;
  readonly stats: Stats;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly freezer: Freezer;
}

/** One request from its arrival to its answer: access, route, body, fault, handler. */
export function createRequestHandler(deps: RequestDeps) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (deps.freezer.isFrozen()) await deps.freezer.whenThawed();
    if (response.closed) return;
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const method = request.method ?? 'GET';
    const log = openLog(deps, request, path);
    const left = watchLeaving(deps, response, log);
    const routed = deps.route(method, path);
    const access = checkAccess(request);
    const allow = routed.kind === 'wrong-method' ? { allow: routed.allow } : {};
    for (const [name, value] of Object.entries(access.headers)) response.setHeader(name, value);
    const parts = { request, response, path, log, left, fault: undefined, params: {}, body: Buffer.alloc(0) };
    if (access.status !== undefined) {
      const headers = access.status === 204 ? allow : { ...allow, 'content-length': 0 };
      return createExchange(parts).send(access.status, '', undefined, headers);
    }
    if (routed.kind !== 'found') return answerUnrouted(createExchange(parts), routed, queryOf(request));
    const body = await readWhole(request).catch(() => undefined);
    if (body === undefined) return;
    noteBody(log, body);
    const header = request.headers['x-sim-fault'];
    const fault = typeof header === 'string' ? parseFault(header) : deps.faults.take({ model: log.model, path });
    const exchange = createExchange({ ...parts, params: routed.params, body, fault });
    if (strikesAtOnce(exchange, fault)) return;
    await routed.handler(exchange);
  };
}

function openLog({ clock, log, stats }: RequestDeps, request: IncomingMessage, path: string): LoggedRequest {
  const entry: LoggedRequest = {
    method: request.method ?? 'GET',
    path,
    headers: request.headers,
    startedAtMs: clock.monotonic(),
    body: undefined,
    bodyBytes: 0,
    model: undefined,
    status: undefined,
    tokens: 0,
    endedAtMs: undefined,
    end: 'open',
  };
  stats.requests += 1;
  log.add(entry);
  return entry;
}

/** Writes down how the request ends, and tells when its client leaves. */
function watchLeaving({ clock, stats }: RequestDeps, response: ServerResponse, log: LoggedRequest): AbortSignal {
  const leaving = new AbortController();
  const isInference = INFERENCE_PATHS.has(log.path);
  if (isInference) {
    stats.inFlight += 1;
    stats.peakInFlight = Math.max(stats.peakInFlight, stats.inFlight);
  }
  response.on('close', () => {
    log.endedAtMs = clock.monotonic();
    if (isInference) stats.inFlight -= 1;
    if (log.end === 'open') log.end = response.writableFinished ? 'completed' : 'client-left';
    if (log.end === 'client-left' && isInference) stats.cancelled += 1;
    if (log.end !== 'completed') leaving.abort();
  });
  return leaving.signal;
}

async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function noteBody(log: LoggedRequest, body: Buffer): void {
  log.bodyBytes = body.length;
  if (body.length === 0 || body.length > LOGGED_BODY_BYTES || body[0] !== 0x7b) return;
  try {
    const parsed = JSON.parse(body.toString()) as Record<string, unknown>;
    log.body = parsed;
    if (typeof parsed.model === 'string') log.model = parsed.model;
  } catch {
    // What is no JSON is logged by its size only.
  }
}

function queryOf({ url = '' }: IncomingMessage): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}

function answerUnrouted(exchange: Exchange, routed: Exclude<Routed, { kind: 'found' }>, query: string): void {
  switch (routed.kind) {
    case 'not-found':
      exchange.send(404, '404 page not found', 'text/plain');
      break;
    case 'wrong-method':
      exchange.send(405, '405 method not allowed', 'text/plain', { allow: routed.allow });
      break;
    case 'redirect': {
      const reason = routed.status === 301 ? 'Moved Permanently' : 'Temporary Redirect';
      const location = routed.location + query;
      const page = exchange.method === 'GET' ? `<a href="${location}">${reason}</a>.\n\n` : '';
      const isPage = exchange.method === 'GET' || exchange.method === 'HEAD';
      exchange.send(routed.status, page, isPage ? 'text/html; charset=utf-8' : undefined, { location });
    }
  }
}

/** Faults that need no handler. Answers whether the request ended here. */
function strikesAtOnce(exchange: Exchange, fault: Fault | undefined): boolean {
  const answer = (status: number, message: string) => refuse(exchange, apiOf(exchange.path), status, message);
  if (fault?.kind === 'refuse') exchange.reset();
  else if (fault?.kind === 'busy') answer(503, SERVER_BUSY);
  else if (fault?.kind === 'load-failure') answer(500, 'llama runner process has terminated: exit status 2');
  else return fault?.kind === 'hang';
  return true;
}

function apiOf(path: string): Api {
  if (path === '/v1/messages') return 'anthropic';
  return path.startsWith('/v1/') ? 'openai' : 'ollama';
}
