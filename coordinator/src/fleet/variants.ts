import type { ModelReport } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** One build of a model: the agents that have it under this name with the same digest. */
export interface Variant {
  readonly digest: string;
  /** The copy that was modified last, as its Ollama describes it. */
  readonly model: ModelReport;
  /** When that was, milliseconds since 1970; 0 where nobody says. */
  readonly modifiedAtMs: number;
  readonly holders: readonly AgentRecord[];
}

/** What is on the disks of `holders` under a name, one entry per digest: the `wanted` one first, then by age. Pure. */
export function variantsOf(name: ModelName, holders: readonly AgentRecord[], wanted = 'newest'): readonly Variant[] {
  const byDigest = new Map<string, { model: ModelReport; modifiedAtMs: number; holders: AgentRecord[] }>();
  for (const agent of holders) {
    const model = agent.models.get(name);
    if (!model) continue;
    const modifiedAtMs = Date.parse(model.modified_at) || 0;
    const known = byDigest.get(model.digest);
    if (!known) byDigest.set(model.digest, { model, modifiedAtMs, holders: [agent] });
    else {
      known.holders.push(agent);
      if (modifiedAtMs > known.modifiedAtMs) Object.assign(known, { model, modifiedAtMs });
    }
  }
  const variants = [...byDigest].map(([digest, variant]) => ({ digest, ...variant }));
  if (variants.length < 2) return variants;
  const isWanted = ({ digest }: Variant) => Number(digest.replace(/^sha256:/, '').startsWith(wanted));
  return variants.sort((one, other) => isWanted(other) - isWanted(one) || other.modifiedAtMs - one.modifiedAtMs);
}
