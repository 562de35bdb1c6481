import type { IncomingMessage } from 'node:http';
import { AppError } from '@ollama-coordinator/common';

/**
 * Node keeps the first of several Host headers; a proxy in front may have judged by the last, and so let something else through
 * (RFC 9112 §3.2 has a server refuse it). Throws BAD_REQUEST.
 */
export function demandOneHost({ rawHeaders }: IncomingMessage): void {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) throw new AppError('BAD_REQUEST', { details: { reason: 'the request has more than one Host header; send one' } });
}
