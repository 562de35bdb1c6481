import type { CallerId } from '@ollama-coordinator/common/balancing';
import type { Lines } from './lines.js';
import type { SlotRequest, Waiter } from './slot-request.js';

/** One line may take this part of the whole queue, so that requests for another model always find room. */
const LINE_PART = 0.9;

export function isLineFull(lines: Lines, { line }: Pick<SlotRequest, 'line'>, limit: number): boolean {
  return (lines.waitingIn(line)?.fair.size ?? 0) >= Math.ceil(limit * LINE_PART);
}

/**
 * Who must give way so that a request may wait in a full queue: the latest of the caller who has most waiting, if that is
 * more than the newcomer's caller would have. So one caller cannot close the queue to the others. Undefined: nobody must.
 */
export function makeRoom(lines: Lines, newcomer: SlotRequest, limit: number): Waiter | undefined {
  const own = lines.waitingIn(newcomer.line);
  const among = isLineFull(lines, newcomer, limit) && own ? [own] : lines.list();
  const waitersOf = new Map<CallerId, Waiter[]>();
  for (const { fair } of among) {
    for (const waiter of fair.waiters()) {
      const { caller } = waiter.request;
      const list = waitersOf.get(caller);
      if (list) list.push(waiter);
      else waitersOf.set(caller, [waiter]);
    }
  }
  const most = [...waitersOf.values()].reduce<readonly Waiter[]>((longest, one) => (one.length > longest.length ? one : longest), []);
  if (most.length <= (waitersOf.get(newcomer.caller)?.length ?? 0) + 1) return undefined;
  return most.reduce((latest, one) => (one.request.receivedAtMs >= latest.request.receivedAtMs ? one : latest));
}
