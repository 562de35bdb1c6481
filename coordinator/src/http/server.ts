import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, type Clock, type Logger } from '@ollama-coordinator/common';
import type { HandleInference } from '../pipeline/handle-inference.js';
import type { Authenticate } from './authenticate.js';
import { demandPace } from './body-pace.js';
import { matchRoute } from './match-route.js';
import type { RequestContext } from './request-context.js';
import { nextRequestId } from './request-id.js';
import { type Route, SOCKET_ROUTES } from './routes.js';
import { sendError, toAppError } from './send-error.js';

export interface ServerOptions {
  readonly authenticate: Authenticate;
  readonly handleInference: HandleInference;
  /** The one API route that is called too often to go through Express. */
  readonly handleHeartbeat: (context: RequestContext) => Promise<void>;
  /** Everything else: the Express application. */
  readonly handleApi: (req: IncomingMessage, res: ServerResponse, context: RequestContext) => void;
  readonly handleUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The HTTP server: finds the route, asks who calls, hands on. Forwarded routes never pass through Express. */
export function createHttpServer(options: ServerOptions): Server {
  const server = http.createServer({
    keepAliveTimeout: 75_000,
    headersTimeout: 10_000,
    // A body may take long; demandPace() sees to it that it comes at all.
    requestTimeout: 0,
    connectionsCheckingInterval: 2500,
  });
  server.on('request', (req: IncomingMessage, res: ServerResponse) => dispatch(req, res, options));
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => upgrade(req, socket, head, options));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseMalformed(error, socket));
  return server;
}

function dispatch(req: IncomingMessage, res: ServerResponse, options: ServerOptions): void {
  const id = nextRequestId();
  const url = req.url ?? '/';
  const queryStart = url.indexOf('?');
  const path = queryStart < 0 ? url : url.slice(0, queryStart);
  let shape: Route['shape'] = 'ollama';
  try {
    const match = matchRoute(req.method ?? 'GET', path);
    if (match === undefined || 'allow' in match) {
      refuse(res, path, match?.allow, id);
      return;
    }
    const { route } = match;
    shape = route.shape;
    const caller = options.authenticate(req, route.scope);
    const { clock } = options;
    if (route.method !== 'GET') demandPace(req, clock);
    const context: RequestContext = { id, req, res, path, shape, caller, receivedAtMs: clock.now(), startedMs: clock.monotonic() };
    if (route.kind === 'inference') void options.handleInference(context, route);
    else if (route.handler === 'heartbeat') void options.handleHeartbeat(context);
    else options.handleApi(req, res, context);
  } catch (failure) {
    const error = toAppError(failure, id);
    if (error.code === 'INTERNAL') options.log.error({ err: failure, request_id: id }, 'request failed inside');
    sendError(res, error, shape, id);
  }
}

/** What Ollama answers to a path or a method that it does not have. */
function refuse(res: ServerResponse, path: string, allow: readonly string[] | undefined, id: string): void {
  const tidy = path.replace(/^\/\/+/, '/').replace(/(.)\/+$/, '$1');
  if (allow) {
    res.setHeader('allow', allow.join(', '));
    sendError(res, new AppError('WRONG_METHOD'), 'ollama', id);
  } else if (tidy !== path && matchRoute('GET', tidy) !== undefined) {
    redirect(res, tidy, path.startsWith('//') ? 307 : 301);
  } else {
    sendError(res, new AppError('UNKNOWN_ROUTE'), 'ollama', id);
  }
}

function redirect(res: ServerResponse, location: string, status: 301 | 307): void {
  const body = `<a href="${location}">${status === 301 ? 'Moved Permanently' : 'Temporary Redirect'}</a>.\n\n`;
  res.writeHead(status, { location, 'content-type': 'text/html; charset=utf-8', 'content-length': body.length });
  res.end(body);
}

function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, options: ServerOptions): void {
  try {
    const path = (req.url ?? '').split('?')[0];
    const route = SOCKET_ROUTES.find((entry) => entry.path === path);
    if (!route) throw new AppError('UNKNOWN_ROUTE');
    options.authenticate(req, route.scope);
    if (isForeignOrigin(req)) throw new AppError('FORBIDDEN', { details: { scope: 'same origin' } });
    options.handleUpgrade(req, socket, head);
  } catch (failure) {
    const { status, message } = toAppError(failure, 'upgrade');
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
    );
  }
}

/** A page of another site must not open our sockets with our user's rights. */
function isForeignOrigin(req: IncomingMessage): boolean {
  const { origin, host } = req.headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  if (socket.writable) socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  else socket.destroy();
}
