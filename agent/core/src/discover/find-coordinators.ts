import { AppError, type Clock, COORDINATOR_SERVICE, networkAddresses, openMdns, sleep } from '@ollama-coordinator/common';
import { type FoundCoordinator, readFound } from './read-found.js';

/** A packet may be lost, and nobody answers twice within a second. */
const ASK_AT_MS = [0, 1200] as const;
const LISTEN_MS = 2500;
/** A house has one or two; who says that there are more wants something else. */
const MOST_FOUND = 16;

export interface FindCoordinatorsDeps {
  readonly clock: Clock;
  /** This machine's addresses, one per network. Default: those of its interfaces. */
  readonly addresses?: readonly string[];
}

/**
 * Asks the networks of this machine for coordinators, and listens for 2.5 s. Resolves with at most sixteen, by name; whether one is what it
 * says, only a visit with a token tells. Throws NO_NETWORK_TO_ASK.
 */
export async function findCoordinators({ clock, addresses }: FindCoordinatorsDeps): Promise<readonly FoundCoordinator[]> {
  const found = new Map<string, FoundCoordinator>();
  const mdns = await openMdns({
    addresses: addresses ?? networkAddresses().map(({ address }) => address),
    onRecords: (records) => {
      for (const one of readFound(records)) if (found.size < MOST_FOUND && !found.has(one.url)) found.set(one.url, one);
    },
  });
  try {
    if (mdns.links.length === 0)
      throw new AppError('NO_NETWORK_TO_ASK', { details: { cause: mdns.problems[0]?.message ?? 'it has no network' } });
    let waitedMs = 0;
    for (const atMs of ASK_AT_MS) {
      await sleep(clock, atMs - waitedMs);
      waitedMs = atMs;
      for (const link of mdns.links) link.ask(COORDINATOR_SERVICE);
    }
    await sleep(clock, LISTEN_MS - waitedMs);
  } finally {
    await mdns.close();
  }
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name) || one.url.localeCompare(other.url));
}
