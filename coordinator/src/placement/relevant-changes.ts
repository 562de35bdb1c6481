import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetDiff } from '../registry/fleet-snapshot.js';

/** What a placement looks at of an agent, beside figures that change with every heartbeat. */
const LOOKED_AT = ['status', 'state', 'models', 'runners', 'kept', 'labels', 'maxRunners', 'maxRunnerBytes'] as const;

/** Tells whether a change of the fleet may matter to placements: most heartbeats do not. */
export function createRelevance(): (diff: FleetDiff) => boolean {
  const seen = new Map<AgentId, AgentRecord>();
  return ({ changed, removed }) => {
    let isRelevant = false;
    for (const record of changed) {
      const before = seen.get(record.id);
      isRelevant ||= before === undefined || LOOKED_AT.some((field) => before[field] !== record[field]);
      seen.set(record.id, record);
    }
    for (const id of removed) isRelevant = seen.delete(id) || isRelevant;
    return isRelevant;
  };
}
