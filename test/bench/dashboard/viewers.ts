import { once } from 'node:events';
import { DASHBOARD_PROTOCOL } from '@ollama-coordinator/common';
import { WebSocket } from 'ws';

/** Pages that watch, as far as the server can tell. */
export interface Viewers {
  /** Bytes that all of them were sent since they were asked before. */
  takeBytes(): number;
  close(): void;
}

/** `reads` false: they never read what they are sent. */
export async function openViewers(origin: string, count: number, { reads = true } = {}): Promise<Viewers> {
  const sockets = Array.from({ length: count }, () => new WebSocket(`${origin.replace('http', 'ws')}/ws/dashboard`, DASHBOARD_PROTOCOL));
  let bytes = 0;
  for (const socket of sockets) {
    socket.on('message', (data: Buffer) => {
      bytes += data.length;
    });
    socket.on('error', () => {});
  }
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  if (!reads) for (const socket of sockets) socket.pause();
  return {
    takeBytes() {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    close() {
      for (const socket of sockets) socket.terminate();
    },
  };
}
