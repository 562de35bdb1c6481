import type { Agent } from '@ollama-coordinator/common';

export const SORTS = ['name', 'status', 'load', 'in_flight', 'vram', 'tier'] as const;
export type Sort = (typeof SORTS)[number];

const STATUS_ORDER: Readonly<Record<Agent['status'], number>> = { online: 0, suspect: 1, draining: 2, joining: 3, offline: 4 };

/** The agents that every word of the filter is found in (name, address, status, `label=value`, model), in order; those offline last. */
export function arrangeAgents(agents: Iterable<Agent>, filter: string, sort: Sort): Agent[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length === 0 ? [...agents] : [...agents].filter((agent) => matches(agent, words));
  return found.sort((a, b) => offlineLast(a, b) || ORDERS[sort](a, b) || byName(a, b));
}

function matches(agent: Agent, words: readonly string[]): boolean {
  const labels = Object.entries(agent.labels).map(([name, value]) => `${name}=${value}`);
  const models = agent.models.map(({ name }) => name);
  const text = [agent.name, agent.id, agent.address, agent.status, agent.ollama_version, ...labels, ...models].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

const ORDERS: Readonly<Record<Sort, (a: Agent, b: Agent) => number>> = {
  name: () => 0,
  status: (a, b) => STATUS_ORDER[a.status] - STATUS_ORDER[b.status],
  load: (a, b) => (b.metrics.cpu ?? -1) - (a.metrics.cpu ?? -1),
  in_flight: (a, b) => b.in_flight - a.in_flight,
  vram: (a, b) => vramOf(b) - vramOf(a),
  tier: (a, b) => a.tier - b.tier || b.weight - a.weight,
};

let collator: Intl.Collator | undefined;

function byName(a: Agent, b: Agent): number {
  collator ??= new Intl.Collator(undefined, { numeric: true });
  return collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

function offlineLast(a: Agent, b: Agent): number {
  return Number(a.status === 'offline') - Number(b.status === 'offline');
}

function vramOf({ runners }: Agent): number {
  return runners.reduce((sum, { vram_bytes }) => sum + vram_bytes, 0);
}
