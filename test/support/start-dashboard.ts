import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { createDashboard, type Dashboard } from '#coordinator/dashboard/create-dashboard.js';
import type { ScriptedFleet } from './scripted-fleet.js';

/** The dashboard on a server of its own, over a scripted fleet. */
export interface TestDashboard extends Pick<Dashboard, 'requestChanged'> {
  readonly origin: string;
  /** Cuts every open connection, as a crash does. */
  cutConnections(): void;
  close(): Promise<void>;
}

/** With `key`, the socket and `/api/coordinator/stats` want it, as the coordinator with keys does. */
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
  const server = createServer((request, response) => {
    if (request.url !== '/api/coordinator/stats') return dashboard.servePage(request, response);
    const allowed = key === undefined || request.headers.authorization === `Bearer ${key}`;
    response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(allowed ? {} : { error: 'this API key is not known here' }));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    const offered = request.headers['sec-websocket-protocol'] ?? '';
    if (key === undefined || offered.includes(`bearer.${key}`)) dashboard.handleUpgrade(request, socket, head);
    else socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  return {
    origin: await listen(server),
    requestChanged: dashboard.requestChanged,
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
