import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '@ollama-coordinator/common';

/** Time in which at least that much of a body must come. A slow line does better by far; who drips bytes only holds a connection. */
const PERIOD_MS = 10_000;
const LEAST_BYTES = 4096;
const LOOK_PERIOD_MS = 1000;
const REQUEST_TIMEOUT = `HTTP/1.1 408 ${http.STATUS_CODES[408]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

export interface BodyPace {
  /** Ends the connection of a request whose body comes too slowly. Called once per request that may have a body; must be cheap. */
  demand(req: IncomingMessage): void;
}

/** What came over a connection since it was judged last. */
interface Pace {
  req: IncomingMessage;
  readBytes: number;
  judgedMs: number;
}

/**
 * One look a second at all connections that brought a request. Most bodies come with the head of their request; a timer and two
 * listeners for each would cost more than reading it.
 */
export function createBodyPace(clock: Pick<Clock, 'monotonic' | 'setTimeout'>): BodyPace {
  const paces = new Map<Socket, Pace>();
  let next: Timer | undefined;

  function look(): void {
    next = undefined;
    const nowMs = clock.monotonic();
    for (const [socket, pace] of paces) judge(socket, pace, nowMs);
    lookSoon();
  }
  function lookSoon(): void {
    if (!next && paces.size > 0) next = clock.setTimeout(look, LOOK_PERIOD_MS);
  }

  return {
    demand(req) {
      const { socket } = req;
      const known = paces.get(socket);
      if (known) {
        known.req = req;
        known.readBytes = socket.bytesRead;
        known.judgedMs = clock.monotonic();
        return;
      }
      paces.set(socket, { req, readBytes: socket.bytesRead, judgedMs: clock.monotonic() });
      socket.once('close', () => paces.delete(socket));
      lookSoon();
    },
  };
}

function judge(socket: Socket, pace: Pace, nowMs: number): void {
  if (pace.req.complete || nowMs - pace.judgedMs < PERIOD_MS) return;
  if (socket.bytesRead - pace.readBytes < LEAST_BYTES) {
    socket.end(REQUEST_TIMEOUT, () => socket.destroy());
    return;
  }
  pace.readBytes = socket.bytesRead;
  pace.judgedMs = nowMs;
}
