import type { CallerId } from '@ollama-coordinator/common/balancing';
import type { Lines } from './lines.js';
import { rankAt, type SlotRequest, type Waiter } from './slot-request.js';

/** One line may take this part of the whole queue, so that requests for another model always find room. */
const LINE_PART = 0.9;

export function isLineFull(lines: Lines, { line }: Pick<SlotRequest, 'line'>, limit: number): boolean {
  return (lines.waitingIn(line)?.fair.size ?? 0) >= Math.ceil(limit * LINE_PART);
}

/**
 * Who must give way so that a request may wait in a full queue: the latest of the caller who has most waiting. First among batch
 * requests, where an interactive one comes; else among those of its own kind, if that caller has more waiting than the newcomer's
 * would have. So one caller cannot close the queue to the others, and batch work cannot close it to people. Undefined: nobody must.
 */
export function makeRoom(lines: Lines, newcomer: SlotRequest, { limit, nowMs }: { limit: number; nowMs: number }): Waiter | undefined {
  const own = lines.waitingIn(newcomer.line);
  const among = isLineFull(lines, newcomer, limit) && own ? [own] : lines.list();
  const waiting = among.flatMap(({ fair }) => [...fair.waiters()]);
  const rank = rankAt(newcomer, nowMs);
  const less = byCaller(waiting.filter(({ request }) => rankAt(request, nowMs) > rank));
  if (less.size > 0) return latest(longest(less));
  const alike = byCaller(waiting.filter(({ request }) => rankAt(request, nowMs) === rank));
  const most = longest(alike);
  return most.length > (alike.get(newcomer.caller)?.length ?? 0) + 1 ? latest(most) : undefined;
}

function byCaller(waiters: readonly Waiter[]): ReadonlyMap<CallerId, readonly Waiter[]> {
  const waitersOf = new Map<CallerId, Waiter[]>();
  for (const waiter of waiters) {
    const { caller } = waiter.request;
    const list = waitersOf.get(caller);
    if (list) list.push(waiter);
    else waitersOf.set(caller, [waiter]);
  }
  return waitersOf;
}

function longest(waitersOf: ReadonlyMap<CallerId, readonly Waiter[]>): readonly Waiter[] {
  return [...waitersOf.values()].reduce<readonly Waiter[]>((most, one) => (one.length > most.length ? one : most), []);
}

function latest(waiters: readonly Waiter[]): Waiter | undefined {
  return waiters.reduce<Waiter | undefined>(
    (last, one) => (last && last.request.receivedAtMs > one.request.receivedAtMs ? last : one),
    undefined,
  );
}
