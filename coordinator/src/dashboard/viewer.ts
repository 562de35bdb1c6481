import type { Clock } from '@ollama-coordinator/common';
import type { WebSocket } from 'ws';

/** Bytes that may wait for one viewer before changes are left out for it. */
export const VIEWER_BUFFER_LIMIT_BYTES = 1024 * 1024;
/** How long a viewer may stay above the limit. */
export const SLOW_VIEWER_MS = 10_000;
/** A viewer that answered none is let go with the next: twice this and two ticks are below ten seconds. */
export const PING_MS = 3500;
/** How long a closing handshake may take. */
const CLOSE_GRACE_MS = 2000;

/** WebSocket close codes (RFC 6455 §7.4.1 and the IANA registry). */
const TRY_AGAIN_LATER = 1013;
const NOT_ALLOWED = 1008;

/** One page that watches. */
export interface Viewer {
  /** Sends the change, or leaves it out while too much waits; later a snapshot makes up for what was left out. */
  send(change: Payload, snapshot: () => Payload): void;
  /** Called every second: pings, and drops a viewer that does not answer or stays slow. */
  tick(snapshot: () => Payload): void;
  close(code: number, reason: string): void;
}

/** A message serialised once for all viewers. */
export type Payload = string;

export function createViewer(socket: WebSocket, clock: Clock, mayStay: () => boolean = () => true): Viewer {
  let behindSinceMs: number | undefined;
  let pingedAtMs = clock.monotonic();
  let answered = true;
  let closing = false;
  socket.on('pong', () => {
    answered = true;
  });

  const full = () => socket.bufferedAmount > VIEWER_BUFFER_LIMIT_BYTES;
  const deliver = (payload: Payload) => {
    if (socket.readyState === socket.OPEN) socket.send(payload, () => {});
  };
  const close = (code: number, reason: string) => {
    if (closing) return;
    closing = true;
    socket.close(code, reason);
    const timer = clock.setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    socket.once('close', () => timer.cancel());
  };
  const catchUp = (snapshot: () => Payload) => {
    if (behindSinceMs === undefined || full()) return;
    behindSinceMs = undefined;
    deliver(snapshot());
  };

  return {
    send(change, snapshot) {
      if (closing) return;
      if (behindSinceMs !== undefined) catchUp(snapshot);
      else if (full()) behindSinceMs = clock.monotonic();
      else deliver(change);
    },
    tick(snapshot) {
      if (closing) return;
      if (!mayStay()) return close(NOT_ALLOWED, 'the key is not good any more');
      const now = clock.monotonic();
      catchUp(snapshot);
      if (behindSinceMs !== undefined && now - behindSinceMs > SLOW_VIEWER_MS) return close(TRY_AGAIN_LATER, 'too slow');
      if (now - pingedAtMs < PING_MS) return;
      if (!answered) return socket.terminate();
      answered = false;
      pingedAtMs = now;
      socket.ping();
    },
    close,
  };
}
