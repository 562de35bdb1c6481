import type { Line } from './lines.js';
import type { Waiter } from './slot-request.js';
import type { Among } from './standing.js';

/** Those of a line who may go to the same agents; undefined: everybody in it. */
export type Group = Among | undefined;

const EVERYBODY: readonly Group[] = [undefined];

/**
 * Who was failed by an agent may not go there again. So that one who waits for another agent does not hold up those who may, each kind has
 * a head of its own, in the order in which they stand.
 */
export function groupsOf({ fair }: Line): readonly Group[] {
  if (fair.barred === 0) return EVERYBODY;
  const kinds = new Set(fair.inOrder(1).map(kindOf));
  return [...kinds].map((kind) => (waiter) => kindOf(waiter) === kind);
}

function kindOf({ request: { exclude } }: Waiter): string {
  return [...exclude].sort().join(' ');
}
