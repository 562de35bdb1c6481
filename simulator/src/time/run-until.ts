import type { EventClock } from './event-clock.js';
import { quiesce } from './quiesce.js';

/** A part that gathers changes until its turn of the event loop is over. */
export interface Gathering {
  publish(): void;
}

/**
 * Lets everything happen that is due until `endMs`. After each event what runs without time passing runs to its end, and the
 * turn of the event loop ends: fleets publish what they gathered. Resolves with the number of events.
 */
export async function runUntil(clock: EventClock, endMs: number, gathering: () => Iterable<Gathering>): Promise<number> {
  let events = 0;
  for (let nextMs = clock.nextMs(); nextMs !== undefined && nextMs <= endMs; nextMs = clock.nextMs()) {
    clock.step();
    events += 1;
    await quiesce();
    for (const part of gathering()) part.publish();
    await quiesce();
  }
  return events;
}
