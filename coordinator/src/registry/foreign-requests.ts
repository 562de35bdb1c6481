import type { AgentRecord } from './fleet-snapshot.js';

/**
 * Requests that an agent works on and no replica sent: someone uses that Ollama directly. The runners count everyone's
 * requests, the shares only the replicas'. Pure.
 */
export function foreignRequests({ runners, inFlightByReplica }: Pick<AgentRecord, 'runners' | 'inFlightByReplica'>): number {
  let onRunners = 0;
  for (const runner of runners) onRunners += runner.in_flight;
  for (const count of Object.values(inFlightByReplica)) onRunners -= count;
  return Math.max(0, onRunners);
}
