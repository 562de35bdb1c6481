import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetSnapshot } from './fleet-snapshot.js';

/** The other agents that are there and stand in front of the same Ollama. Pure. */
export function sharersOf({ agents }: Pick<FleetSnapshot, 'agents'>, id: AgentId): AgentRecord[] {
  const ollamaId = agents.get(id)?.ollamaId;
  if (ollamaId === undefined) return [];
  return [...agents.values()].filter((other) => other.id !== id && other.ollamaId === ollamaId && other.status !== 'offline');
}
