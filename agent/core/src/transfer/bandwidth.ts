import { Transform } from 'node:stream';
import type { Clock } from '@ollama-coordinator/common';

/** A bound on bytes per second, shared by everything that passes through it. */
export interface Bandwidth {
  /** A stream that passes everything on, no faster than the bound allows. */
  pass(): Transform;
}

/** `bytesPerS` 0: no bound. */
export function createBandwidth(bytesPerS: number, clock: Clock): Bandwidth {
  let freeAtMs = 0;

  /** Milliseconds until so many bytes may have passed. The line is booked at once, so that those who come later wait behind. */
  function book(bytes: number): number {
    const nowMs = clock.monotonic();
    const startsMs = Math.max(nowMs, freeAtMs);
    freeAtMs = startsMs + (bytes / bytesPerS) * 1000;
    return startsMs - nowMs;
  }

  return {
    pass: () =>
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          const waitMs = bytesPerS === 0 ? 0 : book(chunk.length);
          if (waitMs <= 0) done(null, chunk);
          else clock.setTimeout(() => done(null, chunk), waitMs);
        },
      }),
  };
}
