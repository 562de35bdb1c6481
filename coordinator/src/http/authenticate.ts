import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { AppError, type Clock } from '@ollama-coordinator/common';
import { whyDead } from '../credentials/api-key.js';
import type { Caller } from '../credentials/caller.js';
import type { KeyHolder, KeyRing } from '../credentials/key-ring.js';
import { isNarrowed } from '../credentials/permissions.js';
import type { Sessions } from '../credentials/sessions.js';
import { hostName, isLocalHostHeader } from './loopback.js';
import { isFromOwnPage } from './own-origin.js';
import type { Peer } from './peer.js';
import type { Scope } from './routes.js';
import { readSessionCookie } from './session-cookie.js';

/** What a route asks of its caller. Inference narrows what it does to what the key allows, always. */
export interface RouteDemand {
  readonly scope: Scope;
  readonly narrows?: boolean;
}

export type Authenticate = (req: IncomingMessage, route: RouteDemand) => Caller;

export interface AuthenticateDeps {
  readonly keysOn: boolean;
  readonly apiKeys: Pick<KeyRing, 'find'> & Partial<Pick<KeyRing, 'holderOf'>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly sessions?: Pick<Sessions, 'read'>;
  readonly peer?: Pick<Peer, 'isSecure'>;
  /** Names under which it answers; undefined: under any. */
  readonly servesHost?: ((host: string) => boolean) | undefined;
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

function authenticateByKey(req: IncomingMessage, { scope, narrows = true }: RouteDemand, deps: AuthenticateDeps): Caller {
  const { clock, servesHost } = deps;
  if (servesHost && !isServed(req, servesHost)) throw new AppError('WRONG_HOST', { details: { host: String(req.headers.host) } });
  if (scope === 'public' || scope === 'agent') return NOTHING;
  const holder = holderOf(req, deps);
  const why = whyDead(holder.key, clock.now());
  if (why) throw new AppError('DEAD_KEY', { details: { why } });
  if (scope !== 'key' && !holder.scopes.has(scope) && !holder.scopes.has('admin'))
    throw new AppError('FORBIDDEN', { details: { scope, caller: holder.id } });
  if (!narrows && isNarrowed(holder)) throw new AppError('NARROWED_KEY', { details: { caller: holder.id } });
  return holder;
}

function isServed({ headers: { host = '' } }: IncomingMessage, servesHost: (host: string) => boolean): boolean {
  const name = hostName(host);
  return isIP(name) !== 0 || name === 'localhost' || servesHost(name);
}

/** By the key that it shows, else by the session of a browser. Throws MISSING_KEY, BAD_KEY, CROSS_SITE. */
function holderOf(req: IncomingMessage, deps: AuthenticateDeps): KeyHolder {
  const secret = bearerOf(req) ?? apiKeyHeader(req);
  if (secret === undefined) return sessionHolder(req, deps);
  const holder = deps.apiKeys.find(secret);
  if (!holder) throw new AppError('BAD_KEY');
  return holder;
}

/** A browser sends its cookie along with whatever a page asks for: so what changes something must come from a page of ours. */
function sessionHolder(req: IncomingMessage, { apiKeys, sessions, peer }: AuthenticateDeps): KeyHolder {
  if (req.headers.cookie === undefined || !sessions || !peer) throw new AppError('MISSING_KEY');
  const session = sessions.read(readSessionCookie(req, peer.isSecure(req)) ?? '');
  const holder = session && apiKeys.holderOf?.(session.keyId);
  if (!holder) throw new AppError('MISSING_KEY');
  const changes = req.method !== 'GET' && req.method !== 'HEAD';
  if ((changes || req.headers.upgrade !== undefined) && !isFromOwnPage(req)) throw new AppError('CROSS_SITE');
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
