import type { Agent } from 'node:http';
import type { Socket } from 'node:net';

/** Tells whether any connection of the pool received bytes since it was asked last. */
export function watchProgress(pool: Pick<Agent, 'sockets'>): () => boolean {
  let seen = new Map<Socket, number>();
  return () => {
    const before = seen;
    seen = new Map();
    for (const sockets of Object.values(pool.sockets)) for (const socket of sockets ?? []) seen.set(socket, socket.bytesRead);
    return [...seen].some(([socket, bytes]) => bytes > (before.get(socket) ?? 0));
  };
}
