import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { AppError, type Clock, type Logger } from '@ollama-coordinator/common';
import type { HandleInference } from '../pipeline/handle-inference.js';
import type { CoordinatorTls } from '../reach/open-tls.js';
import type { AuditRoute } from './audit-route.js';
import type { Authenticate, RouteDemand } from './authenticate.js';
import { type BodyPace, createBodyPace } from './body-pace.js';
import { declineUpgrade } from './decline-upgrade.js';
import { demandOneHost } from './demand-one-host.js';
import type { HandleVerb } from './handle-verb.js';
import { type MatchResult, matchRoute } from './match-route.js';
import type { OriginRules } from './origin-rules.js';
import { isFromOwnPage } from './own-origin.js';
import { refuseRoute } from './refuse-route.js';
import type { AuditNotes, Caller, RequestContext } from './request-context.js';
import { nextRequestId } from './request-id.js';
import { type Route, SOCKET_ROUTES, type SocketUpgrade } from './routes.js';
import { sendError, toAppError } from './send-error.js';

export interface ServerOptions {
  readonly authenticate: Authenticate;
  readonly originRules: OriginRules;
  readonly auditRoute: AuditRoute;
  readonly handleInference: HandleInference;
  readonly handleVerb: HandleVerb;
  /** The one API route that is called too often to go through Express. */
  readonly handleHeartbeat: (context: RequestContext) => Promise<void>;
  /** Everything else: the Express application. */
  readonly handleApi: (req: IncomingMessage, res: ServerResponse, context: RequestContext) => void;
  /** `mayStay`: asked now and then as long as the socket is open. */
  readonly upgrades: Readonly<Record<SocketUpgrade, (req: IncomingMessage, socket: Duplex, head: Buffer, mayStay: () => boolean) => void>>;
  /** What it serves HTTPS with; undefined: plain HTTP. */
  readonly tls?: Pick<CoordinatorTls, 'current' | 'asksForCertificates'> | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The HTTP server: finds the route, asks who calls, hands on. Forwarded routes never pass through Express. */
export function createHttpServer(options: ServerOptions): Server {
  const settings = {
    keepAliveTimeout: 75_000,
    headersTimeout: 10_000,
    // A body may take long; BodyPace sees to it that it comes at all.
    requestTimeout: 0,
    connectionsCheckingInterval: 2500,
  };
  const server = options.tls ? createSecureServer(settings, options.tls) : http.createServer(settings);
  const parts = { ...options, pace: createBodyPace(options.clock) };
  server.on('request', (req: IncomingMessage, res: ServerResponse) => dispatch(req, res, parts));
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isForWebSocket(req)) upgrade(req, socket, head, options);
    else declineUpgrade(server, req, socket, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseMalformed(error, socket));
  return server;
}

function createSecureServer(settings: http.ServerOptions, tls: Pick<CoordinatorTls, 'current' | 'asksForCertificates'>): Server {
  const { cert, key, ca } = tls.current();
  const asked = { requestCert: tls.asksForCertificates, rejectUnauthorized: tls.asksForCertificates };
  const server = https.createServer({ ...settings, ...asked, cert, key, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' });
  // Node types the two apart; what is used of one here, the other has.
  return server as unknown as Server;
}

/** Inference changes nothing that is put on record. */
const NOTHING_TO_NOTE: AuditNotes = Object.freeze({});

function dispatch(req: IncomingMessage, res: ServerResponse, options: ServerOptions & { readonly pace: BodyPace }): void {
  const id = nextRequestId();
  const url = req.url ?? '/';
  const queryStart = url.indexOf('?');
  const path = queryStart < 0 ? url : url.slice(0, queryStart);
  const query = queryStart < 0 ? '' : url.slice(queryStart + 1);
  let route: Route | undefined;
  try {
    demandOneHost(req);
    const match = matchRoute(req.method ?? 'GET', path);
    if (req.headers.origin !== undefined && isAnsweredByOrigin(req, res, match, options.originRules)) return;
    if (match === undefined || 'allow' in match) {
      refuseRoute(req, res, path, match?.allow, id);
      return;
    }
    route = match.route;
    const { shape } = route;
    const caller = options.authenticate(req, route);
    const { clock, pace } = options;
    if (route.method !== 'GET') pace.demand(req);
    const context: RequestContext = {
      id,
      req,
      res,
      path,
      params: match.params,
      query,
      shape,
      caller,
      audit: route.kind === 'inference' ? NOTHING_TO_NOTE : {},
      receivedAtMs: clock.now(),
      startedMs: clock.monotonic(),
    };
    options.auditRoute.follow(context, route);
    if (route.kind === 'inference') void options.handleInference(context, route);
    else if (route.kind === 'verb') void options.handleVerb(context, route);
    else if (route.handler === 'heartbeat') void options.handleHeartbeat(context);
    else options.handleApi(req, res, context);
  } catch (failure) {
    const error = toAppError(failure, id);
    if (error.code === 'INTERNAL') options.log.error({ err: failure, request_id: id }, 'request failed inside');
    if (route) options.auditRoute.refused(req, route, error, id);
    sendError(res, error, route?.shape ?? 'ollama', id);
  }
}

/** Sets the headers of CORS. True: the request ends here, a preflight or one of a foreign page. */
function isAnsweredByOrigin(req: IncomingMessage, res: ServerResponse, match: MatchResult, rules: OriginRules): boolean {
  const { status, headers } = rules(req, String(req.headers.origin));
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value);
  if (status === undefined) return false;
  if (match && 'allow' in match) res.setHeader('allow', match.allow.join(', '));
  if (status === 403) res.setHeader('content-length', 0);
  res.writeHead(status).end();
  return true;
}

function isForWebSocket({ headers }: IncomingMessage): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? '');
}

function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, options: ServerOptions): void {
  try {
    demandOneHost(req);
    const path = (req.url ?? '').split('?')[0];
    const route = SOCKET_ROUTES.find((entry) => entry.path === path);
    if (!route) throw new AppError('UNKNOWN_ROUTE');
    const caller = options.authenticate(req, route);
    if (req.headers.origin !== undefined && !isFromOwnPage(req)) throw new AppError('CROSS_SITE');
    options.upgrades[route.upgrade](req, socket, head, () => mayStay(req, caller, route, options));
  } catch (failure) {
    const { status, message } = toAppError(failure, 'upgrade');
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
    );
  }
}

/** Whether whoever opened a socket would still be let in, as the same caller. */
function mayStay(req: IncomingMessage, caller: Caller, route: RouteDemand, { authenticate }: ServerOptions): boolean {
  try {
    return authenticate(req, route).id === caller.id;
  } catch {
    return false;
  }
}

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  if (socket.writable) socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  else socket.destroy();
}
