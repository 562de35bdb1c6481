import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { WATCH_PING_MS } from '@ollama-coordinator/common';

export interface WatchedPorts {
  /** Another port of loopback on which `GET /agent/watch` is answered as an idle agent does. */
  open(): Promise<number>;
  openWatches(): number;
}

const FIRST_RECORD = JSON.stringify({ type: 'state', sequence: 0, state: 'ready', in_flight: {}, runners: [] });
const PING = JSON.stringify({ type: 'ping' });

/** Many listening ports, one HTTP server behind them. Each watch has its own beat, as its own machine would. */
export function createWatchedPorts(): WatchedPorts {
  const watches = new Set<ServerResponse>();
  const http = createServer((request, response) => {
    if (request.url?.startsWith('/agent/watch') !== true) {
      response.writeHead(404).end();
      return;
    }
    watches.add(response);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write(`${FIRST_RECORD}\n`);
    const timer = setInterval(() => response.write(`${PING}\n`), WATCH_PING_MS);
    response.once('close', () => {
      clearInterval(timer);
      watches.delete(response);
    });
  });
  return {
    openWatches: () => watches.size,
    async open() {
      const listener = createSocketServer((socket) => void http.emit('connection', socket)).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      return (listener.address() as AddressInfo).port;
    },
  };
}
