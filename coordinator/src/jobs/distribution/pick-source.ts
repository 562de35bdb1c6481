import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';

/** An agent serves so many copies of a job at once: what has it next becomes a source itself. */
const COPIES_PER_SOURCE = 2;

/** Where the copies of one job come from. */
export function createSources() {
  const busy = new Map<AgentId, number>();
  const failed = new Set<string>();

  const usable = (holders: readonly AgentRecord[], target: AgentId) =>
    holders.filter(({ id }) => id !== target && !failed.has(id) && !failed.has(`${id} ${target}`));

  return {
    /** The least busy holder that may serve the target now, and whether there is one at all. */
    pick(holders: readonly AgentRecord[], target: AgentId): { readonly source: AgentRecord | undefined; readonly any: boolean } {
      const candidates = usable(holders, target);
      const free = candidates.filter(({ id }) => (busy.get(id) ?? 0) < COPIES_PER_SOURCE);
      const [source] = free.sort((one, other) => (busy.get(one.id) ?? 0) - (busy.get(other.id) ?? 0));
      return { source, any: candidates.length > 0 };
    },
    took(source: AgentId): void {
      busy.set(source, (busy.get(source) ?? 0) + 1);
    },
    gaveBack(source: AgentId): void {
      busy.set(source, (busy.get(source) ?? 1) - 1);
    },
    /** It failed one target: another may fare better, a second one shows that it is the source. */
    failed(source: AgentId, target: AgentId): void {
      if ([...failed].some((pair) => pair.startsWith(`${source} `))) failed.add(source);
      failed.add(`${source} ${target}`);
    },
  };
}
export type Sources = ReturnType<typeof createSources>;
