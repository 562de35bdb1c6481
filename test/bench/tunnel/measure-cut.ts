import { setTimeout as wait } from 'node:timers/promises';
import { askChat } from './ask.js';
import type { Place } from './place.js';

const GIVE_UP_MS = 60_000;
const TRY_MS = 500;

/**
 * The network between the agent `remote` and its coordinator is cut: every connection stays open, and nothing comes through. Milliseconds from its return until a request
 * to that agent is answered.
 */
export async function measureCut({ coordinator, network }: Place, cutMs: number): Promise<number> {
  network.swallow('both');
  await wait(cutMs);
  network.swallow(undefined);
  const healedAt = performance.now();
  for (;;) {
    const isServed = await askChat(coordinator.url, 'remote', { records: 2, paceMs: 1 }, TRY_MS).then(
      (response) => response.resume() !== undefined,
      () => false,
    );
    const elapsedMs = performance.now() - healedAt;
    if (isServed) return elapsedMs;
    if (elapsedMs > GIVE_UP_MS) return Number.POSITIVE_INFINITY;
    await wait(20);
  }
}
