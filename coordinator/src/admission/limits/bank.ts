import type { Clock } from '@ollama-coordinator/common';
import { bindScript, type Redis } from '@ollama-coordinator/common/redis';
import { type Bank, BUCKETS, type SlotsClaim, type WindowClaim, type WindowGrant } from './claims.js';
import { createLocalBank } from './local-bank.js';
import { CLAIM_SLOTS } from './scripts/claim-slots.js';
import { CLAIM_WINDOW } from './scripts/claim-window.js';

export interface BankDeps {
  readonly redis: Redis;
  readonly replicaId: string;
  readonly clock: Clock;
  /** Replicas that live, this one among them. */
  readonly replicas: () => number;
}

/** A request waits no longer for its share than this; then the replica decides alone. */
const PATIENCE_MS = 250;
/** And then it asks nobody for a while. */
const PAUSE_MS = 1000;
/** A claim of places counts this long without being renewed. */
export const SLOTS_LIFE_MS = 10_000;

/** Shares of the budgets that all replicas draw on, in Redis; while that does not answer, of this replica's even part. */
export function createBank({ redis, replicaId, clock, replicas }: BankDeps): Bank {
  const claimWindow = bindScript(redis, CLAIM_WINDOW);
  const claimSlots = bindScript(redis, CLAIM_SLOTS);
  const local = createLocalBank({ clock, replicas });
  let pausedUntilMs = 0;

  /** Undefined where Redis does not answer. */
  async function ask<T>(run: () => Promise<T>): Promise<T | undefined> {
    if (clock.monotonic() < pausedUntilMs) return undefined;
    try {
      return await withinPatience(run(), clock);
    } catch {
      pausedUntilMs = clock.monotonic() + PAUSE_MS;
      return undefined;
    }
  }
  return {
    async claimWindow(claim) {
      const answer = await ask(() => claimWindow([claim.name], windowArguments(claim, replicaId)));
      if (answer === undefined) return local.claimWindow(claim);
      const [bucket = 0, granted = 0, leftMs = 0, retryMs = 0] = answer as number[];
      const grant: WindowGrant = { bucket, granted, leftMs, retryMs, isLocal: false };
      local.note(claim, grant);
      return grant;
    },
    async claimSlots(claim: SlotsClaim) {
      const { name, limit, want, inFlight } = claim;
      const answer = await ask(() => claimSlots([name], [replicaId, limit, want, inFlight, SLOTS_LIFE_MS]));
      return answer === undefined ? local.claimSlots(claim) : Number(answer);
    },
  };
}

function windowArguments({ limit, windowMs, bucket, used, beside, want, earlier }: WindowClaim, replicaId: string): (string | number)[] {
  return [replicaId, limit, windowMs / BUCKETS, BUCKETS, bucket, used, beside, want, ...[...earlier].flat()];
}

function withinPatience<T>(answer: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    answer.finally(() => timer.cancel()).then(resolve, reject);
  });
}
