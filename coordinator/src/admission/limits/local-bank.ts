import type { Clock } from '@ollama-coordinator/common';
import { BUCKETS, type SlotsClaim, type WindowClaim, type WindowGrant } from './claims.js';

/** The bank of a replica that decides alone: it gives what would be its share if the replicas divided each budget evenly. */
export interface LocalBank {
  /** Remembers what was granted elsewhere. */
  note(claim: WindowClaim, grant: WindowGrant): void;
  claimWindow(claim: WindowClaim): WindowGrant;
  claimSlots(claim: SlotsClaim): number;
}

/** Windows that are remembered at most; those that were not asked for longest go first. */
const MOST_WINDOWS = 20_000;

export function createLocalBank({ clock, replicas }: { readonly clock: Pick<Clock, 'now'>; readonly replicas: () => number }): LocalBank {
  const windows = new Map<string, Map<number, number>>();
  const share = (limit: number) => Math.max(1, Math.floor(limit / Math.max(1, replicas())));

  const windowOf = ({ name, earlier }: WindowClaim, bucket: number): Map<number, number> => {
    const window = windows.get(name) ?? new Map<number, number>();
    windows.delete(name);
    windows.set(name, window);
    if (windows.size > MOST_WINDOWS) for (const [oldest] of windows) if (windows.delete(oldest)) break;
    for (const [past, used] of earlier) window.set(past, used);
    for (const past of window.keys()) if (past <= bucket - BUCKETS) window.delete(past);
    return window;
  };

  return {
    note(claim, { bucket, granted }) {
      windowOf(claim, bucket).set(bucket, granted);
    },
    claimWindow(claim) {
      const bucketMs = claim.windowMs / BUCKETS;
      const nowMs = clock.now();
      const bucket = Math.floor(nowMs / bucketMs);
      const window = windowOf(claim, bucket);
      const used = claim.beside + (claim.bucket === bucket ? claim.used : 0);
      const wanted = used + claim.want;
      const limit = share(claim.limit);
      window.delete(bucket);
      const total = [...window.values()].reduce((sum, amount) => sum + amount, 0);
      const granted = Math.max(Math.min(wanted, limit - total), used);
      window.set(bucket, granted);
      const retryMs = granted < wanted ? freeAgainMs(window, limit, bucketMs) - nowMs : 0;
      return { bucket, granted, leftMs: (bucket + 1) * bucketMs - nowMs, retryMs, isLocal: true };
    },
    claimSlots: ({ limit, want, inFlight }) => Math.max(Math.min(want, share(limit)), inFlight),
  };
}

/** When enough of the window has moved out of it that something is free. */
function freeAgainMs(window: ReadonlyMap<number, number>, limit: number, bucketMs: number): number {
  const buckets = [...window].sort(([one], [other]) => one - other);
  let left = buckets.reduce((sum, [, amount]) => sum + amount, 0);
  for (const [bucket, amount] of buckets) {
    left -= amount;
    if (left < limit) return (bucket + BUCKETS) * bucketMs;
  }
  return 0;
}
