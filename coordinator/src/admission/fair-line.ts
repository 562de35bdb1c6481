import type { Clock } from '@ollama-coordinator/common';
import type { CallerId } from '@ollama-coordinator/common/balancing';
import { type Charge, createFairShare, type Entry, type FairShare } from './fair-share.js';
import { priorityRank, type SlotRequest, type Waiter } from './slot-request.js';

/** A batch request that has waited this long stands before everybody else: later than interactive ones, but not for ever. */
export const BATCH_AGEING_MS = 60_000;

/** Where a waiting request stands. */
export interface Standing {
  readonly waiter: Waiter;
  /** 0 for interactive requests and for batch ones that waited long, else 1. */
  readonly rank: number;
  /** Start tag less the line's virtual time, in tokens: by how much its caller is ahead of its share. */
  readonly lead: number;
}

/** The requests that wait for one runner signature and pin, in fair order; see FairShare. */
export interface FairLine {
  add(waiter: Waiter): void;
  /** False when it is not in the line (any more). */
  remove(waiter: Waiter): boolean;
  /** Who is next. */
  next(): Standing | undefined;
  /** Charges the caller, whether it waited here or was served at once. A waiter is removed first. */
  serve(request: SlotRequest, waiter: Waiter | undefined, cost: number): Charge;
  settle(charge: Charge, cost: number): void;
  servedElsewhere(caller: CallerId, cost: number): void;
  /** How many are served until the waiter is, itself included, if each request costs `cost`. */
  positionOf(waiter: Waiter, cost: number): number;
  waiters(): Iterable<Waiter>;
  /** Everybody, in the order in which they would be served if each request cost the same. */
  inOrder(cost: number): readonly Waiter[];
  readonly size: number;
  readonly share: Pick<FairShare, 'served' | 'callers'>;
}

/** One caller's requests of one priority, oldest first. */
interface Flow {
  readonly caller: CallerId;
  readonly entry: Entry;
  readonly waiters: Waiter[];
}

export function createFairLine(clock: Pick<Clock, 'now'>): FairLine {
  const share = createFairShare();
  const flows = new Map<string, Flow>();
  let size = 0;

  function standingOf(waiter: Waiter, tag: number): Standing {
    const { priority, receivedAtMs } = waiter.request;
    const lead = tag - share.virtualTime();
    const isAged = priority === 'batch' && clock.now() - receivedAtMs >= BATCH_AGEING_MS;
    return { waiter, rank: isAged ? 0 : priorityRank(priority), lead: isAged ? Math.min(lead, 0) : lead };
  }

  return {
    add(waiter) {
      const key = flowKey(waiter.request);
      const flow = flows.get(key) ?? { caller: waiter.request.caller, entry: share.arrive(waiter.request.caller), waiters: [] };
      flows.set(key, flow);
      insertByAge(flow.waiters, waiter);
      flow.entry.backlogged ||= flow.waiters.length > 1;
      size += 1;
    },
    remove(waiter) {
      const key = flowKey(waiter.request);
      const flow = flows.get(key);
      const index = flow?.waiters.indexOf(waiter) ?? -1;
      if (!flow || index < 0) return false;
      flow.waiters.splice(index, 1);
      if (flow.waiters.length === 0) flows.delete(key);
      size -= 1;
      return true;
    },
    next() {
      let best: Standing | undefined;
      for (const flow of flows.values()) {
        const [waiter] = flow.waiters;
        const standing = waiter && standingOf(waiter, share.startTag(flow.caller, flow.entry));
        if (standing && (!best || compareStandings(standing, best) < 0)) best = standing;
      }
      return best;
    },
    serve(request, waiter, cost) {
      const flow = waiter && flows.get(flowKey(request));
      const entry = flow?.entry ?? share.arrive(request.caller);
      if (waiter) this.remove(waiter);
      const charge = share.begin(request.caller, entry, cost);
      return charge;
    },
    settle: share.settle,
    servedElsewhere: (caller, cost) => share.servedElsewhere(caller, cost, isBacklogged(flows, caller)),
    positionOf(waiter, cost) {
      const own = flows.get(flowKey(waiter.request));
      const index = own?.waiters.indexOf(waiter) ?? -1;
      if (!own || index < 0) return 0;
      const mine = standingOf(waiter, share.startTag(own.caller, own.entry) + index * cost);
      let position = index + 1;
      for (const flow of flows.values()) {
        const [head] = flow.waiters;
        if (flow === own || !head) continue;
        const other = standingOf(head, share.startTag(flow.caller, flow.entry));
        if (other.rank < mine.rank) position += flow.waiters.length;
        else if (other.rank === mine.rank)
          position += Math.min(flow.waiters.length, Math.max(0, Math.ceil((mine.lead - other.lead) / cost)));
      }
      return position;
    },
    *waiters() {
      for (const flow of flows.values()) yield* flow.waiters;
    },
    inOrder(cost) {
      const standings = [...flows.values()].flatMap((flow) => {
        let tag = share.startTag(flow.caller, flow.entry);
        return flow.waiters.map((waiter) => {
          const standing = standingOf(waiter, tag);
          tag += cost;
          return standing;
        });
      });
      return standings.sort(compareStandings).map(({ waiter }) => waiter);
    },
    get size() {
      return size;
    },
    share,
  };
}

/** Negative where `one` is served before `other`. Among equals, who came first. */
function compareStandings(one: Standing, other: Standing): number {
  return one.rank - other.rank || one.lead - other.lead || one.waiter.request.receivedAtMs - other.waiter.request.receivedAtMs;
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
