import http, { type IncomingMessage } from 'node:http';
import type { Clock, Timer } from '@ollama-coordinator/common';

/** Time in which at least that much of a body must come. A slow line does better by far; who drips bytes only holds a connection. */
const PERIOD_MS = 10_000;
const LEAST_BYTES = 4096;
const REQUEST_TIMEOUT = `HTTP/1.1 408 ${http.STATUS_CODES[408]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

/** Ends the connection of a request whose body comes too slowly. Called once per request that may have a body; must be cheap. */
export function demandPace(req: IncomingMessage, clock: Clock): void {
  const { socket } = req;
  let readBytes = socket.bytesRead;
  let timer: Timer;
  const check = () => {
    // What waits to be read waits for us, as an upload does for a slow disk.
    if (socket.bytesRead - readBytes < LEAST_BYTES && req.readableLength === 0) {
      socket.end(REQUEST_TIMEOUT, () => socket.destroy());
      return;
    }
    readBytes = socket.bytesRead;
    timer = clock.setTimeout(check, PERIOD_MS);
  };
  timer = clock.setTimeout(check, PERIOD_MS);
  const stop = () => timer.cancel();
  req.once('end', stop);
  req.once('close', stop);
}
