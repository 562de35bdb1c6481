import type { IncomingHttpHeaders } from 'node:http';
import { FORWARD_HEADERS } from '@ollama-coordinator/common';
import type { Attempt } from './attempt.js';

/** Headers of one hop (RFC 9110 §7.6.1), and those that an agent has no business sending to a client. */
const NOT_FOR_CLIENTS = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  FORWARD_HEADERS.busy,
  FORWARD_HEADERS.error,
]);

/** What the agent is sent: nothing of the client's but the media types; a length, so that its socket can be used again. */
export function upstreamHeaders(attempt: Attempt): Record<string, string> {
  const headers: Record<string, string> = {
    connection: 'keep-alive',
    authorization: `Bearer ${attempt.token}`,
    'content-type': attempt.contentType ?? 'application/json',
    'content-length': String(attempt.body.length),
    [FORWARD_HEADERS.requestId]: attempt.requestId,
    [FORWARD_HEADERS.attempt]: String(attempt.attempt),
    [FORWARD_HEADERS.signature]: attempt.signature,
  };
  if (attempt.grantId !== undefined) headers[FORWARD_HEADERS.grant] = attempt.grantId;
  if (attempt.evict.length > 0) headers[FORWARD_HEADERS.evict] = attempt.evict.join(',');
  if (attempt.accept !== undefined) headers.accept = attempt.accept;
  return headers;
}

/** What the client is sent: the agent's headers without those of the hop, and the coordinator's own. */
export function clientHeaders(
  answered: Readonly<IncomingHttpHeaders>,
  added: Readonly<Record<string, string>>,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const name in answered) {
    const value = answered[name];
    if (value !== undefined && !NOT_FOR_CLIENTS.has(name)) headers[name] = value;
  }
  return Object.assign(headers, added);
}
