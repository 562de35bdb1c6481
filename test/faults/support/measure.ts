import { eventually } from '../../support/eventually.js';
import type { Fleet, FleetAgent } from '../../support/start-fleet.js';
import type { AskedRequest } from './asked-request.js';

/** Requests that did not end in the whole answer. */
export function countLost(records: readonly AskedRequest[]): number {
  return records.filter(({ outcome }) => outcome !== 'complete').length;
}

/** Milliseconds from `sinceMs` until the check holds; NaN when it does not within `withinMs`. */
export async function timeUntil(sinceMs: number, withinMs: number, check: () => boolean | Promise<boolean>): Promise<number> {
  try {
    await eventually(check, { withinMs, everyMs: 10 });
    return performance.now() - sinceMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** From sending to the first byte, in milliseconds, of those that got one. */
export function firstByteTimes(records: readonly AskedRequest[]): readonly number[] {
  return records.flatMap(({ sentMs, firstByteMs }) => (firstByteMs === undefined ? [] : [firstByteMs - sentMs]));
}

export function agentOf(fleet: Fleet, name: string): FleetAgent {
  const agent = fleet.agents.find((candidate) => candidate.name === name);
  if (agent === undefined) throw new Error(`no agent ${name}`);
  return agent;
}
