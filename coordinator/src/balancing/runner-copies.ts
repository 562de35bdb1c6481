import { modelOfSignature, type RunnerReport, type RunnerSignature } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';

/** Counts the runners of the fleet by signature. */
export interface RunnerCopies {
  of(signature: RunnerSignature): number;
  /** Whether the model of a signature is in memory anywhere with other load options. Asked for each request. */
  hasOthers(model: ModelName, signature: RunnerSignature): boolean;
  /** An agent reports other runners than before; undefined: it was or is not there. */
  change(before: readonly RunnerReport[] | undefined, after: readonly RunnerReport[] | undefined): void;
}

export function createRunnerCopies(): RunnerCopies {
  const counts = new Map<RunnerSignature, number>();
  const ofModels = new Map<ModelName, number>();
  const add = (runners: readonly RunnerReport[] | undefined, change: number) => {
    for (const { signature } of runners ?? []) {
      addTo(counts, signature, change);
      addTo(ofModels, modelOfSignature(signature), change);
    }
  };
  return {
    of: (signature) => counts.get(signature) ?? 0,
    hasOthers: (model, signature) => (ofModels.get(model) ?? 0) > (counts.get(signature) ?? 0),
    change(before, after) {
      if (before === after) return;
      add(before, -1);
      add(after, 1);
    },
  };
}

function addTo(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}
