import { type Clock, sleep } from '@ollama-coordinator/common';

const LOOK_EVERY_MS = 50;

/** What `look` finds, or undefined where it found nothing within the time. */
export async function waitUntil<T>(clock: Clock, withinMs: number, look: () => T | undefined): Promise<T | undefined> {
  const untilMs = clock.monotonic() + withinMs;
  for (;;) {
    const found = look();
    if (found !== undefined || clock.monotonic() > untilMs) return found;
    await sleep(clock, LOOK_EVERY_MS);
  }
}
