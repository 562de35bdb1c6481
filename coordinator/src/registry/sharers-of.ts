import { type SharedOllama, sharedOllamas } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { FleetSnapshot } from './fleet-snapshot.js';

/** The other agents that are there and stand in front of the same Ollama, by the rule of whoever reads the API. Pure. */
export function sharersOf({ agents }: Pick<FleetSnapshot, 'agents'>, id: AgentId): SharedOllama {
  const fleet = [...agents.values()].map((agent) => ({ id: agent.id, name: agent.name, status: agent.status, ollama_id: agent.ollamaId }));
  const shared = sharedOllamas(fleet).find((one) => one.some((agent) => agent.id === id)) ?? [];
  return shared.filter((agent) => agent.id !== id);
}
