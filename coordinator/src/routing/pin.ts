import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** Whether an agent is the one that `x-coordinator-pin` names: by id, by name, or by a label as `room=lab`. */
export function matchesPin(agent: AgentRecord, pin: string): boolean {
  if (agent.id === pin || agent.name === pin) return true;
  const equals = pin.indexOf('=');
  return equals > 0 && agent.labels[pin.slice(0, equals)] === pin.slice(equals + 1);
}
