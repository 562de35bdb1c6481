import type { RunnerSignature } from '@ollama-coordinator/common';
import type { Costed } from '@ollama-coordinator/common/balancing';
import type { Ejections } from './ejections.js';

/**
 * Takes agents that are kept out off the candidates, in place. Where more than half of them would go the failures say
 * more about the requests or the network than about agents, and nobody is dropped. `granted`: the only candidate offered a
 * slot by itself, and others exist.
 */
export function dropEjected<C extends Costed>(candidates: C[], signature: RunnerSignature, ejections: Ejections, granted: boolean): void {
  if (!ejections.any || candidates.length === 0) return;
  const kept = candidates.filter(({ agent }) => !ejections.isOut(agent.id, signature));
  const out = candidates.length - kept.length;
  if (!granted && 2 * out > candidates.length) return;
  const partaking = kept.filter(({ agent }) => ejections.takesPart(agent.id, signature));
  const left = partaking.length > 0 ? partaking : kept;
  candidates.splice(0, candidates.length, ...left);
}
