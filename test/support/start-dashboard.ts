import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { createDashboard, type Dashboard } from '#coordinator/dashboard/create-dashboard.js';
import type { ScriptedFleet } from './scripted-fleet.js';

/** The dashboard on a server of its own, over a scripted fleet. */
export interface TestDashboard extends Pick<Dashboard, 'requestChanged'> {
  readonly origin: string;
  /** Cuts every open connection, as a crash does. */
  cutConnections(): void;
  /** Open ones. */
  connections(): number;
  close(): Promise<void>;
}

/** What the views ask for, empty. */
const NO_ROWS = { jobs: [], placements: [], requests: [], events: [], agents: [] };
const COOKIE = 'oc_session=signed-in';

/** With `key`, the socket and `/api/coordinator/stats` want a browser that signed in with it, as the coordinator with keys does. */
export async function startDashboard(fleet: ScriptedFleet, { key }: { key?: string } = {}): Promise<TestDashboard> {
  const dashboard = createDashboard({
    fleet,
    log: silentLogger,
    clock: systemClock,
    replicaId: 'replica-1',
    coordinatorVersion: '0.1.0',
    redisState: () => 'up',
  });
  const sockets = new Set<Duplex>();
  const isSignedIn = (request: IncomingMessage) => key === undefined || request.headers.cookie === COOKIE;
  const server = createServer((request, response) => {
    const { url = '', method } = request;
    if (!url.startsWith('/api/')) return dashboard.servePage(request, response);
    const send = (allowed: boolean, body: object, headers: Record<string, string> = {}) => {
      response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(allowed ? body : { error: 'this API key is not known here' }));
    };
    const whoami = { name: 'viewer', scopes: ['read'], keys_on: key !== undefined };
    if (method !== 'POST') return send(isSignedIn(request), { ...whoami, ...NO_ROWS });
    void text(request).then((body) => {
      const isRight = (JSON.parse(body) as { key: string }).key === key;
      send(isRight, whoami, isRight ? { 'set-cookie': `${COOKIE}; Path=/; HttpOnly; SameSite=Strict` } : {});
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    if (isSignedIn(request)) dashboard.handleUpgrade(request, socket, head);
    else socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  return {
    origin: await listen(server),
    requestChanged: dashboard.requestChanged,
    connections: () => sockets.size,
    cutConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      dashboard.close();
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
