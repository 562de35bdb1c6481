import type { Client } from '../../faults/support/client.js';
import { AGENT_COUNT, TOKENS_PER_S } from './chaos-fleet.js';

const TICK_MS = 5;
/** One request in five streams a longer answer, the others are short whole ones. */
const STREAM_EVERY = 5;
const STREAM_TOKENS = 50;
const WHOLE_TOKENS = 5;
const MEAN_TOKENS = (STREAM_TOKENS + WHOLE_TOKENS * (STREAM_EVERY - 1)) / STREAM_EVERY;

/** Requests per second that keep this share of all slots busy, each agent having `slots` of them. */
export function rateForLoad(share: number, slots: number): number {
  return (share * AGENT_COUNT * slots * TOKENS_PER_S) / MEAN_TOKENS;
}

/** Sends at a fixed rate, whatever becomes of earlier requests; the result ends it. */
export function startOpenLoop(client: Client, requestsPerS: number): () => void {
  const startedMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) * requestsPerS) / 1000;
    for (; sent < due; sent += 1) {
      const streams = sent % STREAM_EVERY === 0;
      // Every second stream is a chat: both are handed over, in different ways.
      const path = sent % (2 * STREAM_EVERY) === 0 ? '/api/chat' : '/api/generate';
      client.ask(streams ? { path, tokens: STREAM_TOKENS } : { path: '/api/generate', stream: false, tokens: WHOLE_TOKENS });
    }
  }, TICK_MS);
  return () => clearInterval(timer);
}
