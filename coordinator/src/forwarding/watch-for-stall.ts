import type { Clock, Timer } from '@ollama-coordinator/common';
import type { AttemptSink } from './attempt-sink.js';

/** Looks within one timeout. A process that was paused comes back with one look due, not with all of them. */
const LOOKS = 4;

/**
 * Ends an attempt whose agent has sent nothing for the timeout (at most a quarter of it longer). It looks now and then
 * whether the count of bytes grew, so that a token costs nothing. An agent that is held back for a slow client is not silent.
 */
export function watchForStall(sink: AttemptSink, timeoutMs: number, timers: Pick<Clock, 'setTimeout'>): Timer {
  let seenBytes = sink.bytes;
  let silentLooks = 0;
  const look = () => {
    const isSilent = sink.bytes === seenBytes && !sink.isHeldBack;
    seenBytes = sink.bytes;
    silentLooks = isSilent ? silentLooks + 1 : 0;
    if (silentLooks >= LOOKS) sink.destroy();
    else timer = timers.setTimeout(look, timeoutMs / LOOKS);
  };
  let timer = timers.setTimeout(look, timeoutMs / LOOKS);
  return { cancel: () => timer.cancel() };
}
