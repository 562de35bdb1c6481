import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventClock } from '../time/event-clock.js';

/** What a client saw of its one request. */
export interface Seen {
  status: number | undefined;
  text: string;
  /** Simulated time of the first byte of the answer's body, and of the end. */
  firstByteMs: number | undefined;
  endMs: number | undefined;
  /** How its connection ended; undefined while it is open. */
  end: 'whole' | 'cut' | 'left' | undefined;
  /** Calls that a response may get only once, or never after its end. */
  readonly mistakes: string[];
}

export interface SimClient {
  readonly seen: Seen;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Sends the whole body. */
  sendBody(body: Buffer): void;
  leave(): void;
  /** Its replica died. */
  cut(): void;
}

/** A client with the two ends of its request as the pipeline uses them. */
export function createSimClient(clock: EventClock): SimClient {
  const seen: Seen = { status: undefined, text: '', firstByteMs: undefined, endMs: undefined, end: undefined, mistakes: [] };
  const req = Object.assign(new EventEmitter(), { headers: {} as Record<string, string>, complete: false, resume: () => req });
  const res = Object.assign(new EventEmitter(), {
    destroyed: false,
    closed: false,
    headersSent: false,
    writableEnded: false,
    writableFinished: false,
    writableNeedDrain: false,
    writeHead: (status: number) => {
      if (res.headersSent) seen.mistakes.push('a second head');
      res.headersSent = true;
      seen.status = status;
      return res;
    },
    write: (chunk: Buffer | string) => {
      if (res.writableEnded) seen.mistakes.push('a byte after the end');
      if (res.destroyed) return true;
      seen.firstByteMs ??= clock.nowMs();
      seen.text += String(chunk);
      return true;
    },
    end: (chunk?: Buffer | string) => {
      if (res.writableEnded) seen.mistakes.push('a second end');
      if (chunk !== undefined) res.write(chunk);
      res.writableEnded = true;
      if (res.destroyed) return res;
      clock.at(clock.nowMs(), () => {
        res.writableFinished = true;
        close('whole');
      });
      return res;
    },
    destroy: () => {
      close('cut');
      return res;
    },
  });
  res.setMaxListeners(0);
  function close(end: 'whole' | 'cut' | 'left'): void {
    if (res.closed) return;
    res.destroyed = true;
    res.closed = true;
    seen.end = end;
    seen.endMs = clock.nowMs();
    res.emit('close');
  }
  return {
    seen,
    req: req as unknown as IncomingMessage,
    res: res as unknown as ServerResponse,
    sendBody: (body) => {
      req.emit('data', body);
      req.complete = true;
      req.emit('end');
    },
    leave: () => close('left'),
    cut: () => {
      seen.end ??= 'cut';
    },
  };
}
