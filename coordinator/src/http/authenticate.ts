import type { IncomingMessage } from 'node:http';
import { AppError } from '@ollama-coordinator/common';
import type { ApiKeys } from '../credentials/api-keys.js';
import { isLocalHostHeader } from './loopback.js';
import type { Caller } from './request-context.js';
import type { Scope } from './routes.js';

export type Authenticate = (req: IncomingMessage, scope: Scope) => Caller;

const EVERYTHING: ReadonlySet<Scope> = new Set<Scope>(['infer', 'read', 'operate', 'admin']);
const NOTHING: Caller = { id: 'public', scopes: new Set() };

/** Who asks, and whether they may. `keysOn` decides between an open coordinator and one with keys (DESIGN.md §8). */
export function createAuthenticate({ keysOn, apiKeys }: { readonly keysOn: boolean; readonly apiKeys: ApiKeys }): Authenticate {
  return keysOn ? (req, scope) => authenticateByKey(req, scope, apiKeys) : authenticateOpenly;
}

function authenticateOpenly(req: IncomingMessage): Caller {
  const { headers } = req;
  if (headers.forwarded !== undefined || Object.keys(headers).some((name) => name.startsWith('x-forwarded-')))
    throw new AppError('PROXY_WITHOUT_KEYS');
  if (!isLocalHostHeader(headers.host)) throw new AppError('FOREIGN_HOST', { details: { host: String(headers.host) } });
  return { id: req.socket.remoteAddress ?? 'unknown', scopes: EVERYTHING };
}

function authenticateByKey(req: IncomingMessage, scope: Scope, apiKeys: ApiKeys): Caller {
  if (scope === 'public' || scope === 'agent') return NOTHING;
  const key = bearerOf(req) ?? apiKeyHeader(req);
  if (key === undefined) throw new AppError('MISSING_KEY');
  const known = apiKeys.find(key);
  if (!known) throw new AppError('BAD_KEY');
  if (!known.scopes.has(scope) && !known.scopes.has('admin')) throw new AppError('FORBIDDEN', { details: { scope } });
  return { id: known.name, scopes: known.scopes };
}

/** The Bearer token of a request. A browser's WebSocket cannot set headers, so it may come as a subprotocol `bearer.<key>`. */
export function bearerOf(req: IncomingMessage): string | undefined {
  const header = req.headers.authorization;
  if (header !== undefined) return /^Bearer +(\S+) *$/i.exec(header)?.[1];
  const protocols = req.headers.upgrade === undefined ? undefined : req.headers['sec-websocket-protocol'];
  return protocols
    ?.split(',')
    .map((name) => name.trim())
    .find((name) => name.startsWith('bearer.'))
    ?.slice('bearer.'.length);
}

/** Anthropic's clients send the key so. */
function apiKeyHeader(req: IncomingMessage): string | undefined {
  const header = req.headers['x-api-key'];
  return typeof header === 'string' ? header : undefined;
}
