import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { compilePatterns } from '@ollama-coordinator/common';

/** What a page of another origin is told: the request goes on with these headers, or ends here with that status and no body. */
export interface OriginVerdict {
  readonly status?: 204 | 403;
  readonly headers: OutgoingHttpHeaders;
}

const STAINLESS = [
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
];
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'User-Agent',
  'Accept',
  'X-Requested-With',
  'Openai-Beta',
  ...STAINLESS.map((name) => `X-Stainless-${name}`),
].join(',');

/** Pages of this machine, whatever their port, and the schemes of desktop programs: those that Ollama allows. */
const LOCAL_ORIGIN = /^(https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0)(:\d+)?|(app|file|tauri|vscode-webview|vscode-file):\/\/.*)$/;

/** Judges the Origin of a request; asked only where there is one. */
export type OriginRules = (req: IncomingMessage, origin: string) => OriginVerdict;

/** Ollama's rules of CORS. `allowed`: further origins as `https://chat.example`, `*` standing for any text. */
export function createOriginRules(allowed: readonly string[]): OriginRules {
  const isFurther = compilePatterns(allowed);
  return ({ method, headers: { host = '' } }, origin) => {
    if (origin === `http://${host}` || origin === `https://${host}`) return { headers: {} };
    if (!LOCAL_ORIGIN.test(origin) && !isFurther(origin)) return { status: 403, headers: {} };
    return method === 'OPTIONS'
      ? { status: 204, headers: preflightHeaders(origin) }
      : { headers: { 'access-control-allow-origin': origin, vary: 'Origin' } };
  };
}

function preflightHeaders(origin: string): OutgoingHttpHeaders {
  return {
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS',
    'access-control-allow-origin': origin,
    'access-control-max-age': '43200',
    vary: 'Access-Control-Request-Headers',
  };
}
