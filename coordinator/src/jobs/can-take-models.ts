import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** Whether models can be brought to an agent, or read from it: it is there to stay, and its Ollama answers. */
export function canTakeModels({ status, state }: Pick<AgentRecord, 'status' | 'state'>): boolean {
  return (status === 'online' || status === 'suspect') && state !== 'ollama_down';
}
