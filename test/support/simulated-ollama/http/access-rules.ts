import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const ALLOWED_HEADERS =
  'Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,' +
  [
    'Arch',
    'Async',
    'Custom-Poll-Interval',
    'Helper-Method',
    'Lang',
    'Os',
    'Package-Version',
    'Poll-Helper',
    'Retry-Count',
    'Runtime',
    'Runtime-Version',
    'Timeout',
  ]
    .map((name) => `X-Stainless-${name}`)
    .join(',');

export interface AccessVerdict {
  /** Set where the request ends here, with an empty body. */
  readonly status?: 204 | 403;
  readonly headers: Readonly<Record<string, string>>;
}

/** Ollama's rules about who may ask: the Origin of a page first, then the Host that was asked for. */
export function checkAccess(request: IncomingMessage): AccessVerdict {
  const origin = request.headers.origin;
  const host = request.headers.host ?? '';
  let headers: Record<string, string> = {};
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    if (!isAllowedOrigin(origin)) return { status: 403, headers };
    if (request.method === 'OPTIONS') return { status: 204, headers: preflightHeaders(origin) };
    headers = { 'access-control-allow-origin': origin, vary: 'Origin' };
  }
  return isAllowedHost(host) ? { headers } : { status: 403, headers };
}

function preflightHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS',
    'access-control-allow-origin': origin,
    'access-control-max-age': '43200',
    vary: 'Access-Control-Request-Headers',
  };
}

function isAllowedOrigin(origin: string): boolean {
  return (
    /^https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?$/.test(origin) ||
    /^(app|file|tauri|vscode-webview|vscode-file):\/\//.test(origin)
  );
}

/** A server bound to a loopback address answers to local names and private addresses only. */
function isAllowedHost(host: string): boolean {
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  if (isIP(name) !== 0) return isLocalAddress(name);
  return name === '' || name === 'localhost' || name === hostname().toLowerCase() || /\.(localhost|local|internal)$/.test(name);
}

function isLocalAddress(address: string): boolean {
  return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|0\.0\.0\.0$)/.test(address) || /^(::1?$|f[cd])/.test(address);
}
