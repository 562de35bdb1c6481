import type { AgentStatus, Clock } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { FleetView } from '../../registry/fleet-snapshot.js';
import type { Ejections } from './ejections.js';

/** Tells ejections of signs of life: a heartbeat, or a watch that is open again. Returns how to stop it. */
export function followAgents(fleet: Pick<FleetView, 'onChange'>, ejections: Ejections, clock: Pick<Clock, 'now'>): () => void {
  const statuses = new Map<AgentId, AgentStatus>();
  return fleet.onChange((_snapshot, { changed, removed }) => {
    for (const { id, status, lastSeenAtMs } of changed) {
      const before = statuses.get(id);
      statuses.set(id, status);
      if (!ejections.any || status !== 'online') continue;
      ejections.heard(id, before === 'online' ? (lastSeenAtMs ?? 0) : clock.now() + 1);
    }
    for (const id of removed) {
      statuses.delete(id);
      ejections.left(id);
    }
  });
}
