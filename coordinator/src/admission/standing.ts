import type { Clock } from '@ollama-coordinator/common';
import type { CallerId } from '@ollama-coordinator/common/balancing';
import type { Entry, FairShare } from './fair-share.js';
import { priorityRank, rankAt, type Waiter } from './slot-request.js';

/**
 * A caller who has one request waiting, and no more than its share, stands before all who keep several waiting, even where
 * those are owed something: what they are owed is rarely more than news that is late, and would cost it several answers of time.
 */
const SINGLY_FIRST = 1_000_000;

/** Where a waiting request stands. */
export interface Standing {
  readonly waiter: Waiter;
  /** 0 for interactive requests and for batch ones that waited long, else 1. */
  readonly rank: number;
  /** Start tag less the line's virtual time, in tokens: by how much its caller is ahead of its share. See SINGLY_FIRST. */
  readonly lead: number;
}

/** Which of those who wait are meant; without it everybody is. */
export type Among = (waiter: Waiter) => boolean;

/** One caller's requests of one priority, oldest first. */
export interface Flow {
  readonly caller: CallerId;
  readonly entry: Entry;
  readonly waiters: Waiter[];
}

/** Those of the flow that are meant, oldest first. */
export function meant({ waiters }: Flow, among: Among | undefined): readonly Waiter[] {
  return among ? waiters.filter(among) : waiters;
}

/** Of the request at that place among the flow's `waiters`, if each before it costs `cost`. */
export type StandingAt = (flow: Flow, index: number, cost: number, waiters?: readonly Waiter[]) => Standing | undefined;

export function createStandingAt(share: Pick<FairShare, 'startTag' | 'virtualTime'>, clock: Pick<Clock, 'now'>): StandingAt {
  return ({ caller, entry, waiters: all }, index, cost, waiters = all) => {
    const waiter = waiters[index];
    if (!waiter) return undefined;
    const { priority } = waiter.request;
    const ahead = share.startTag(caller, entry) + index * cost - share.virtualTime();
    const lead = ahead <= 0 && !entry.backlogged ? ahead - SINGLY_FIRST : ahead;
    const rank = rankAt(waiter.request, clock.now());
    return { waiter, rank, lead: rank < priorityRank(priority) ? Math.min(lead, 0) : lead };
  };
}

/** Negative where `one` is served before `other`. Among equals, who came first. */
export function compareStandings(one: Standing, other: Standing): number {
  return one.rank - other.rank || one.lead - other.lead || one.waiter.request.receivedAtMs - other.waiter.request.receivedAtMs;
}
