import type { IncomingMessage } from 'node:http';
import { AppError, type Clock } from '@ollama-coordinator/common';
import { whyDead } from '../credentials/api-key.js';
import type { Caller } from '../credentials/caller.js';
import type { KeyRing } from '../credentials/key-ring.js';
import { isNarrowed } from '../credentials/permissions.js';
import { isLocalHostHeader } from './loopback.js';
import type { Scope } from './routes.js';

/** What a route asks of its caller. Inference narrows what it does to what the key allows, always. */
export interface RouteDemand {
  readonly scope: Scope;
  readonly narrows?: boolean;
}

export type Authenticate = (req: IncomingMessage, route: RouteDemand) => Caller;

export interface AuthenticateDeps {
  readonly keysOn: boolean;
  readonly apiKeys: Pick<KeyRing, 'find'>;
  readonly clock: Pick<Clock, 'now'>;
}

const EVERYTHING: ReadonlySet<Scope> = new Set<Scope>(['infer', 'read', 'operate', 'admin']);
const NOTHING: Caller = { id: 'public', scopes: new Set() };

/** Who asks, and whether they may. `keysOn` decides between an open coordinator and one with keys (DESIGN.md §8). */
export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  return deps.keysOn ? (req, route) => authenticateByKey(req, route, deps) : authenticateOpenly;
}

function authenticateOpenly(req: IncomingMessage): Caller {
  const { headers } = req;
  if (headers.forwarded !== undefined || Object.keys(headers).some((name) => name.startsWith('x-forwarded-')))
    throw new AppError('PROXY_WITHOUT_KEYS');
  if (!isLocalHostHeader(headers.host)) throw new AppError('FOREIGN_HOST', { details: { host: String(headers.host) } });
  return { id: req.socket.remoteAddress ?? 'unknown', scopes: EVERYTHING };
}

function authenticateByKey(req: IncomingMessage, { scope, narrows = true }: RouteDemand, { apiKeys, clock }: AuthenticateDeps): Caller {
  if (scope === 'public' || scope === 'agent') return NOTHING;
  const secret = bearerOf(req) ?? apiKeyHeader(req);
  if (secret === undefined) throw new AppError('MISSING_KEY');
  const holder = apiKeys.find(secret);
  if (!holder) throw new AppError('BAD_KEY');
  const why = whyDead(holder.key, clock.now());
  if (why) throw new AppError('DEAD_KEY', { details: { why } });
  if (scope !== 'key' && !holder.scopes.has(scope) && !holder.scopes.has('admin'))
    throw new AppError('FORBIDDEN', { details: { scope, caller: holder.id } });
  if (!narrows && isNarrowed(holder)) throw new AppError('NARROWED_KEY', { details: { caller: holder.id } });
  return holder;
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
