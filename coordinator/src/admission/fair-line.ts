import type { Clock } from '@ollama-coordinator/common';
import type { CallerId } from '@ollama-coordinator/common/balancing';
import { type Charge, createFairShare, type FairShare } from './fair-share.js';
import { priorityRank, type SlotRequest, type Waiter } from './slot-request.js';
import { type Among, compareStandings, createStandingAt, type Flow, meant, type Standing, type StandingAt } from './standing.js';

/** The requests that wait for one runner signature and pin, in fair order; see FairShare. */
export interface FairLine {
  add(waiter: Waiter): void;
  /** False when it is not in the line (any more). */
  remove(waiter: Waiter): boolean;
  /** Who is next. */
  next(among?: Among): Standing | undefined;
  /** Who will be next behind `head`, who is, once that is charged `cost`. */
  behind(head: Standing, cost: number, among?: Among): Standing | undefined;
  /** Charges the caller, whether it waited here or was served at once. A waiter is removed first. */
  serve(request: SlotRequest, waiter: Waiter | undefined, cost: number): Charge;
  settle(charge: Charge, cost: number): void;
  undo(charge: Charge): void;
  servedElsewhere(caller: CallerId, cost: number): void;
  /** How many are served until the waiter is, itself included, if each request costs `cost`. */
  positionOf(waiter: Waiter, cost: number): number;
  waiters(): Iterable<Waiter>;
  /** Everybody, in the order in which they would be served if each request cost the same. */
  inOrder(cost: number, among?: Among): readonly Waiter[];
  readonly size: number;
  /** How many may not go to some agent that failed them. */
  readonly barred: number;
  readonly share: Pick<FairShare, 'served' | 'callers'>;
}

export function createFairLine(clock: Pick<Clock, 'now'>): FairLine {
  const share = createFairShare();
  const flows = new Map<string, Flow>();
  const standingAt = createStandingAt(share, clock);
  const flowOf = (waiter: Waiter) => flows.get(flowKey(waiter.request));
  let [size, barred] = [0, 0];

  function best(standingIn: (flow: Flow) => Standing | undefined): Standing | undefined {
    let least: Standing | undefined;
    for (const flow of flows.values()) {
      const standing = standingIn(flow);
      if (standing && (!least || compareStandings(standing, least) < 0)) least = standing;
    }
    return least;
  }

  return {
    add(waiter) {
      const flow = flowOf(waiter) ?? { caller: waiter.request.caller, entry: share.arrive(waiter.request.caller), waiters: [] };
      flows.set(flowKey(waiter.request), flow);
      insertByAge(flow.waiters, waiter);
      flow.entry.backlogged ||= flow.waiters.length > 1;
      size += 1;
      if (waiter.request.exclude.size > 0) barred += 1;
    },
    remove(waiter) {
      const flow = flowOf(waiter);
      const index = flow?.waiters.indexOf(waiter) ?? -1;
      if (!flow || index < 0) return false;
      flow.waiters.splice(index, 1);
      if (flow.waiters.length === 0) flows.delete(flowKey(waiter.request));
      size -= 1;
      if (waiter.request.exclude.size > 0) barred -= 1;
      return true;
    },
    next: (among) => best((flow) => standingAt(flow, 0, 0, meant(flow, among))),
    behind: (head, cost, among) =>
      best((flow) => {
        const waiters = meant(flow, among);
        return standingAt(flow, waiters[0] === head.waiter ? 1 : 0, cost, waiters);
      }),
    serve(request, waiter, cost) {
      const entry = (waiter && flowOf(waiter)?.entry) ?? share.arrive(request.caller);
      if (waiter) this.remove(waiter);
      return share.begin(request.caller, entry, cost);
    },
    settle: share.settle,
    undo: share.undo,
    servedElsewhere: (caller, cost) => share.servedElsewhere(caller, cost, isBacklogged(flows, caller)),
    positionOf(waiter, cost) {
      const own = flowOf(waiter);
      const index = own?.waiters.indexOf(waiter) ?? -1;
      const mine = own && standingAt(own, index, cost);
      if (!mine) return 0;
      let position = index + 1;
      for (const flow of flows.values()) if (flow !== own) position += countBefore(flow, mine, cost, standingAt);
      return position;
    },
    *waiters() {
      for (const flow of flows.values()) yield* flow.waiters;
    },
    inOrder(cost, among) {
      const standings = [...flows.values()].flatMap((flow) => {
        const waiters = meant(flow, among);
        return waiters.flatMap((_, index) => standingAt(flow, index, cost, waiters) ?? []);
      });
      return standings.sort(compareStandings).map(({ waiter }) => waiter);
    },
    get size() {
      return size;
    },
    get barred() {
      return barred;
    },
    share,
  };
}

/** How many of the flow are served before a request of another one. */
function countBefore(flow: Flow, mine: Standing, cost: number, standingAt: StandingAt): number {
  const first = standingAt(flow, 0, 0);
  if (!first || first.rank > mine.rank) return 0;
  if (first.rank < mine.rank) return flow.waiters.length;
  const count = Math.max(0, Math.ceil((mine.lead - first.lead) / cost));
  const level = standingAt(flow, count, cost);
  return Math.min(flow.waiters.length, level && compareStandings(level, mine) < 0 ? count + 1 : count);
}

function flowKey({ caller, priority }: SlotRequest): string {
  return `${priorityRank(priority)} ${caller}`;
}

function isBacklogged(flows: ReadonlyMap<string, Flow>, caller: CallerId): boolean {
  return [`0 ${caller}`, `1 ${caller}`].some((key) => flows.get(key)?.entry.backlogged);
}

/** A request that comes back after an agent failed it keeps its place. */
function insertByAge(waiters: Waiter[], waiter: Waiter): void {
  let index = waiters.length;
  while (index > 0 && (waiters[index - 1]?.request.receivedAtMs ?? 0) > waiter.request.receivedAtMs) index -= 1;
  waiters.splice(index, 0, waiter);
}
