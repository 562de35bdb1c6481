import type { AgentRecord } from './fleet-snapshot.js';

/** Requests that replicas sent and that the agent works on. Pure. */
export function totalInFlight({ inFlightByReplica }: Pick<AgentRecord, 'inFlightByReplica'>): number {
  let total = 0;
  for (const count of Object.values(inFlightByReplica)) total += count;
  return total;
}
