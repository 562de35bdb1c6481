import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** Whether an agent is there: what it has on disk or in memory counts as the fleet's. */
export function isPresent({ status }: AgentRecord): boolean {
  return status === 'online' || status === 'suspect' || status === 'draining';
}
