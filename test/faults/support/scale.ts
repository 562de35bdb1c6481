/** `npm run test:faults -- --full` runs the counts of the table, everything else reduced ones that fit into CI. */
const isFull = process.env.FAULTS_FULL === '1';

export function scaled<T>(reduced: T, full: T): T {
  return isFull ? full : reduced;
}

/** Beat and TTL of the fleets: the defaults in a full run, else shorter ones, so that an agent is offline in about two seconds. */
export const HEARTBEAT_MS = scaled(500, 5000);
export const TTL_MS = scaled(2000, 15_000);
