import type { Agent } from '@ollama-coordinator/common';

/** The Ollama version that most agents have, of equally many the later text; undefined where all have the same, or none is known. */
export function usualVersion(agents: Iterable<Agent>): string | undefined {
  const counts = new Map<string, number>();
  for (const { ollama_version: version } of agents) if (version !== '') counts.set(version, (counts.get(version) ?? 0) + 1);
  if (counts.size < 2) return undefined;
  const [[usual] = []] = [...counts].sort(([a, one], [b, other]) => other - one || b.localeCompare(a, undefined, { numeric: true }));
  return usual;
}
