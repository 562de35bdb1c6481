import type { Agent } from './protocol/agent.js';

/** Agents that are there and stand in front of one Ollama, two or more. */
export type SharedOllama = readonly Pick<Agent, 'id' | 'name'>[];

/** Where several agents stand in front of the same Ollama: each counts its slots as its own, so that it gets more than it can do at once. Pure. */
export function sharedOllamas(agents: Iterable<Pick<Agent, 'id' | 'name' | 'status' | 'ollama_id'>>): SharedOllama[] {
  const byOllama = new Map<string, Pick<Agent, 'id' | 'name'>[]>();
  for (const { id, name, status, ollama_id: ollama } of agents) {
    if (ollama === undefined || status === 'offline') continue;
    byOllama.set(ollama, [...(byOllama.get(ollama) ?? []), { id, name }]);
  }
  return [...byOllama.values()].filter(({ length }) => length > 1);
}

/** As `"desk" and "kitchen" stand in front of the same Ollama …`. Pure. */
export function describeSharedOllama(agents: SharedOllama): string {
  const names = agents.map(({ name }) => `"${name}"`);
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} stand in front of the same Ollama, and each takes its slots for its own; stop all of these agents but one`;
}
