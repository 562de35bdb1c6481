import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@ollama-coordinator/common';
import { matchRoute } from './match-route.js';
import { sendError } from './send-error.js';

/**
 * Answers a path or a method that the route table does not have, as Ollama does: 405, a redirect to the tidy path, or 404. An
 * address of elsewhere, as a proxy is sent it, is a 400.
 */
export function refuseRoute(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  allow: readonly string[] | undefined,
  id: string,
): void {
  const { method = 'GET', url = path } = req;
  const query = url.slice(path.length);
  const single = path.replaceAll(/\/{2,}/g, '/');
  const trimmed = path.replace(/(.)\/$/, '$1');
  if (!path.startsWith('/')) {
    const reason = "the request's address must begin with /; a coordinator is no proxy";
    sendError(res, new AppError('BAD_REQUEST', { details: { reason } }), 'ollama', id);
  } else if (single !== path) redirect(res, method, single + query, 307);
  else if (allow) {
    res.setHeader('allow', allow.join(', '));
    sendError(res, new AppError('WRONG_METHOD'), 'ollama', id);
  } else if (trimmed !== path && isRoute(method, trimmed)) redirect(res, method, trimmed + query, method === 'GET' ? 301 : 307);
  else sendError(res, new AppError('UNKNOWN_ROUTE'), 'ollama', id);
}

function isRoute(method: string, path: string): boolean {
  const match = matchRoute(method, path);
  return match !== undefined && 'route' in match;
}

/** As Go does it: with a page that says so for GET, which is text whatever the caller wrote into it. */
function redirect(res: ServerResponse, method: string, location: string, status: 301 | 307): void {
  const words = status === 301 ? 'Moved Permanently' : 'Temporary Redirect';
  const body = method === 'GET' ? `<a href="${escapeHtml(location)}">${words}</a>.\n\n` : '';
  const isPage = method === 'GET' || method === 'HEAD';
  const type = isPage ? { 'content-type': 'text/html; charset=utf-8' } : {};
  res.writeHead(status, { location, ...type, 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[sign] ?? sign);
}
