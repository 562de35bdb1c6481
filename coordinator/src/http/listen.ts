import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, type Clock, type CoordinatorConfig } from '@ollama-coordinator/common';

/** Resolves with the address once the server listens. Throws PORT_IN_USE. */
export function listen(
  server: Server,
  { host, port, isSecure = false }: Pick<CoordinatorConfig, 'host' | 'port'> & { readonly isSecure?: boolean },
): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (failure: NodeJS.ErrnoException) => {
      const isTaken = failure.code === 'EADDRINUSE';
      reject(
        isTaken ? new AppError('PORT_IN_USE', { details: { port, host, setting: '--port or COORDINATOR_PORT' }, cause: failure }) : failure,
      );
    });
    server.listen(port, host, () => {
      resolve(`${isSecure ? 'https' : 'http'}://${reachableHost(host)}:${(server.address() as AddressInfo).port}`);
    });
  });
}

/** A host to put into a URL; a server on every address is reached at this machine's own. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** A connection whose last answer ends after the server was closed stays open (Node 20), so they are looked for. */
const IDLE_SWEEP_MS = 100;

/** Stops listening and waits for what runs; what is not finished within the grace period is cut. */
export function closeServer(server: Server, graceMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cut = clock.setTimeout(() => server.closeAllConnections(), graceMs);
    const sweep = clock.setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    server.close(() => {
      cut.cancel();
      sweep.cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
