import { FORWARD_HEADERS } from '@ollama-coordinator/common';
import type { AnswerHead } from './answer-relay.js';
import type { Attempt } from './attempt.js';

/** Headers of one hop (RFC 9110 §7.6.1), and those that an agent has no business sending to a client. */
const NOT_FOR_CLIENTS = new Set([
  'alt-svc',
  'clear-site-data',
  'connection',
  'content-security-policy',
  'keep-alive',
  'link',
  'location',
  'proxy-authenticate',
  'proxy-connection',
  'refresh',
  'set-cookie',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  FORWARD_HEADERS.busy,
  FORWARD_HEADERS.error,
]);

/** What only a coordinator says: which pages may read the answer, and what it decided. */
const OURS = /^(access-control-|x-coordinator-)/;

/** What the agent is sent: nothing of the client's but the media types; a length, so that its socket can be used again. */
export function upstreamHeaders(attempt: Attempt): Record<string, string> {
  const headers: Record<string, string> = {
    connection: 'keep-alive',
    authorization: `Bearer ${attempt.token}`,
    'content-type': attempt.contentType ?? 'application/json',
    'content-length': String(attempt.body.length),
  };
  // Not in the literal: a computed name there is a call into the runtime each time.
  headers[FORWARD_HEADERS.requestId] = attempt.requestId;
  headers[FORWARD_HEADERS.attempt] = String(attempt.attempt);
  headers[FORWARD_HEADERS.signature] = attempt.signature;
  if (attempt.grantId !== undefined) headers[FORWARD_HEADERS.grant] = attempt.grantId;
  if (attempt.evict.length > 0) headers[FORWARD_HEADERS.evict] = attempt.evict.join(',');
  if (attempt.accept !== undefined) headers.accept = attempt.accept;
  if (attempt.trace !== undefined) Object.assign(headers, attempt.trace);
  return headers;
}

/**
 * What the client is sent: the agent's headers without those of the hop, and the coordinator's own (in lower case),
 * which take the place of any by the same name. Names and values in turn.
 */
export function clientHeaders({ rawHeaders }: AnswerHead, added: Readonly<Record<string, string>>): string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const plain = name.toLowerCase();
    if (!NOT_FOR_CLIENTS.has(plain) && !OURS.test(plain) && added[plain] === undefined) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  for (const name in added) headers.push(name, added[name] ?? '');
  return headers;
}
