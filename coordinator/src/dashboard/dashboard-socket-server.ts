import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { DASHBOARD_PROTOCOL } from '@ollama-coordinator/common';
import { WebSocketServer } from 'ws';
import type { DashboardHub } from './dashboard-hub.js';

/** A page sends nothing but control frames, which have at most 125 bytes. */
const MAX_PAYLOAD_BYTES = 1024;

export interface DashboardSocketServer {
  /** Completes an upgrade of `/ws/dashboard`. Whether the caller may watch, and from which site, was decided before. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, mayStay?: () => boolean): void;
}

export function createDashboardSocketServer(hub: Pick<DashboardHub, 'connect'>): DashboardSocketServer {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
    // A key, offered as another subprotocol, is never echoed.
    handleProtocols: (offered) => (offered.has(DASHBOARD_PROTOCOL) ? DASHBOARD_PROTOCOL : false),
  });
  return {
    handleUpgrade: (request, socket, head, mayStay) =>
      server.handleUpgrade(request, socket, head, (webSocket) => hub.connect(webSocket, mayStay)),
  };
}
