import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, demandShallowJson, type Logger } from '@ollama-coordinator/common';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import type { RequestContext } from './request-context.js';
import { type ApiHandlerName, type ApiRoute, ROUTES } from './routes.js';
import { sendError, toAppError } from './send-error.js';

/** Answers one API route. A thrown AppError is sent in the route's shape. */
export type ApiHandler = (req: Request, res: Response, context: RequestContext) => void | Promise<void>;
export type ApiHandlers = Readonly<Record<Exclude<ApiHandlerName, 'heartbeat'>, ApiHandler>>;

/** Bodies of the management API are small. */
const BODY_LIMIT_BYTES = 1_048_576;

/** The Express application: every route of the table that is not forwarded. Callers are authenticated before. */
export function createApiApp(
  handlers: ApiHandlers,
  log: Logger,
): (req: IncomingMessage, res: ServerResponse, context: RequestContext) => void {
  const app = express();
  const contexts = new WeakMap<IncomingMessage, RequestContext>();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(express.json({ limit: BODY_LIMIT_BYTES, type: () => true, verify: (_req, _res, body) => demandShallowJson(body) }));
  for (const route of ROUTES) {
    if (route.kind !== 'api' || route.handler === 'heartbeat') continue;
    const handler = handlers[route.handler];
    app[verbOf(route.method)](route.path, (req, res) => handler(req, res, contextOf(contexts, req)));
  }
  app.use(onError(contexts, log));
  return (req, res, context) => {
    // Express would read the whole of it before it refuses.
    if (Number(req.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) {
      res.setHeader('connection', 'close');
      sendError(res, new AppError('BODY_TOO_LARGE', { details: { limit_bytes: BODY_LIMIT_BYTES } }), context.shape, context.id);
      return;
    }
    contexts.set(req, context);
    app(req, res);
  };
}

function verbOf(method: ApiRoute['method']): 'get' | 'post' | 'put' | 'patch' | 'delete' {
  return method.toLowerCase() as 'get';
}

function contextOf(contexts: WeakMap<IncomingMessage, RequestContext>, req: IncomingMessage): RequestContext {
  const context = contexts.get(req);
  if (!context) throw new Error('a request reached Express without its context');
  return context;
}

function onError(contexts: WeakMap<IncomingMessage, RequestContext>, log: Logger): ErrorRequestHandler {
  return (failure: unknown, req, res, _next) => {
    const { id, shape } = contextOf(contexts, req);
    const error = bodyError(failure) ?? toAppError(failure, id);
    if (error.code === 'INTERNAL') log.error({ err: failure, request_id: id }, 'request failed inside');
    if (res.headersSent) res.destroy();
    else sendError(res, error, shape, id);
  };
}

/** What Express' body parser complains about. */
function bodyError(failure: unknown): AppError | undefined {
  if (failure instanceof AppError) return undefined;
  const { type } = (failure ?? {}) as { type?: string };
  if (type === 'entity.too.large') return new AppError('BODY_TOO_LARGE', { details: { limit_bytes: BODY_LIMIT_BYTES } });
  if (type === 'entity.parse.failed') return new AppError('BAD_REQUEST', { details: { reason: 'the request body is not valid JSON' } });
  const { status } = (failure ?? {}) as { status?: number };
  return status !== undefined && status >= 400 && status < 500
    ? new AppError('BAD_REQUEST', { details: { reason: 'the request body could not be read' } })
    : undefined;
}
