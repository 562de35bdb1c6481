import { setTimeout as wait } from 'node:timers/promises';
import { startAgent, statusOf } from '../support/start-coordinator.js';
import type { Place } from './measure-registration.js';

export interface SilenceFigures {
  readonly suspectMs: number;
  readonly offlineMs: number;
}

const GIVE_UP_MS = 300_000;

/** An agent is stopped dead (SIGSTOP: its connections stay open) under the default TTL: how long until it is listed as suspect, as offline. */
export async function measureSilence(place: Place): Promise<SilenceFigures> {
  const name = 'silent';
  const agent = await startAgent({ ...place, name });
  const stoppedAt = performance.now();
  let suspectMs = Number.NaN;
  agent.signal('SIGSTOP');
  try {
    for (;;) {
      const status = await statusOf(place.coordinatorUrl, name);
      const elapsedMs = performance.now() - stoppedAt;
      if (status !== 'online' && Number.isNaN(suspectMs)) suspectMs = elapsedMs;
      if (status === 'offline') return { suspectMs, offlineMs: elapsedMs };
      if (elapsedMs > GIVE_UP_MS) return { suspectMs, offlineMs: Number.POSITIVE_INFINITY };
      await wait(50);
    }
  } finally {
    agent.signal('SIGCONT');
    await agent.stop();
  }
}
