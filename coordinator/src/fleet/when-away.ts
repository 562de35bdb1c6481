import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';

/** Calls back when the agent counts as offline: its connection may never tell. Returns how to stop it. */
export function whenAway(fleet: Pick<FleetView, 'onChange'>, { id }: AgentRecord, onAway: () => void): () => void {
  return fleet.onChange(({ agents }) => {
    const status = agents.get(id)?.status;
    if (status === undefined || status === 'offline') onAway();
  });
}
