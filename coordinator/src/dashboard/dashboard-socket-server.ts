import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { DASHBOARD_PROTOCOL } from '@ollama-coordinator/common';
import { WebSocketServer } from 'ws';
import type { DashboardHub } from './dashboard-hub.js';

/** A page sends nothing but control frames, which have at most 125 bytes. */
const MAX_PAYLOAD_BYTES = 1024;

const BEARER_PREFIX = 'bearer.';

export interface DashboardSocketServer {
  /** Completes the upgrade of an authorised request for `/ws/dashboard`; one from another site's page is refused with 403. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export function createDashboardSocketServer(hub: DashboardHub): DashboardSocketServer {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
    // The key, offered as another subprotocol, is never echoed.
    handleProtocols: (offered) => (offered.has(DASHBOARD_PROTOCOL) ? DASHBOARD_PROTOCOL : false),
  });
  return {
    handleUpgrade(request, socket, head) {
      if (!fromSameSite(request)) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (webSocket) => hub.connect(webSocket));
    },
  };
}

/**
 * The API key that a page offers as subprotocol `bearer.<key>`, as a browser cannot set headers on a WebSocket;
 * undefined when it offers none.
 */
export function keyOfUpgrade(request: IncomingMessage): string | undefined {
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim()) ?? [];
  return offered.find((protocol) => protocol.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length);
}

/**
 * Browsers let any page open a WebSocket anywhere, so the page's Origin must be the host that was asked for. Programs send
 * no Origin. A page cannot set X-Forwarded-Host, so it is believed.
 */
function fromSameSite({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  const forwarded = headers['x-forwarded-host'];
  const asked = [host, ...(typeof forwarded === 'string' ? forwarded.split(',') : [])].map((name) => name?.trim().toLowerCase());
  return URL.canParse(origin) && asked.includes(new URL(origin).host.toLowerCase());
}
