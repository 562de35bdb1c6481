import type { ClientRequestArgs } from 'node:http';
import { connectPinned } from '@ollama-coordinator/common';

/** How one request goes to another agent that serves with that certificate: over TLS, to it alone. */
export function pinnedTo(address: string, certificate: string): Pick<ClientRequestArgs, 'createConnection' | 'agent'> {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  const connect = (_options: unknown, callback: Parameters<typeof connectPinned>[1]) => {
    connectPinned({ host, port: Number(port || 80), certificate }, callback);
  };
  return { createConnection: connect as unknown as NonNullable<ClientRequestArgs['createConnection']> };
}
