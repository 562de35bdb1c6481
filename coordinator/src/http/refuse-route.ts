import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@ollama-coordinator/common';
import { matchRoute } from './match-route.js';
import { sendError } from './send-error.js';

/** Answers a path or a method that the route table does not have, as Ollama does: 405, a redirect to the tidy path, or 404. */
export function refuseRoute(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  allow: readonly string[] | undefined,
  id: string,
): void {
  const { method = 'GET' } = req;
  const single = path.replaceAll(/\/{2,}/g, '/');
  const trimmed = path.replace(/(.)\/$/, '$1');
  if (single !== path) redirect(res, method, single, 307);
  else if (allow) {
    res.setHeader('allow', allow.join(', '));
    sendError(res, new AppError('WRONG_METHOD'), 'ollama', id);
  } else if (trimmed !== path && isRoute(method, trimmed)) redirect(res, method, trimmed, method === 'GET' ? 301 : 307);
  else sendError(res, new AppError('UNKNOWN_ROUTE'), 'ollama', id);
}

function isRoute(method: string, path: string): boolean {
  const match = matchRoute(method, path);
  return match !== undefined && 'route' in match;
}

function redirect(res: ServerResponse, method: string, location: string, status: 301 | 307): void {
  const body = method === 'GET' ? `<a href="${location}">${status === 301 ? 'Moved Permanently' : 'Temporary Redirect'}</a>.\n\n` : '';
  res.writeHead(status, { location, 'content-type': 'text/html; charset=utf-8', 'content-length': body.length });
  res.end(body);
}
