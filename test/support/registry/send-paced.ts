import type { ServerResponse } from 'node:http';

export interface Pace {
  /** Asked before each piece. */
  readonly bytesPerS: () => number;
  /** Bytes after which nothing more is sent; Infinity: all are. */
  readonly breaksAt: number;
  readonly onSent: (bytes: number) => void;
  readonly onBreak: () => void;
}

const STEP_MS = 20;
const MOST_AT_ONCE = 262_144;

/** Sends a body at a pace, with back-pressure, and ends the answer unless it breaks off before. */
export function sendPaced(res: ServerResponse, body: Buffer, { bytesPerS, breaksAt, onSent, onBreak }: Pace): void {
  const last = Math.min(body.length, breaksAt);
  let sent = 0;

  function step(): void {
    if (res.destroyed) return;
    if (sent >= body.length) return void res.end();
    if (sent >= last) {
      onBreak();
      return;
    }
    const speed = bytesPerS();
    const perStep = Number.isFinite(speed) ? Math.max(1, Math.round((speed * STEP_MS) / 1000)) : MOST_AT_ONCE;
    const piece = body.subarray(sent, Math.min(sent + perStep, last));
    sent += piece.length;
    onSent(piece.length);
    const goOn = () => (Number.isFinite(speed) ? void setTimeout(step, STEP_MS).unref() : setImmediate(step));
    if (res.write(piece)) goOn();
    else res.once('drain', goOn);
  }
  step();
}
