import type { RunnerReport, RunnerSignature } from '@ollama-coordinator/common';

/** Counts the runners of the fleet by signature. */
export interface RunnerCopies {
  of(signature: RunnerSignature): number;
  /** An agent reports other runners than before; undefined: it was or is not there. */
  change(before: readonly RunnerReport[] | undefined, after: readonly RunnerReport[] | undefined): void;
}

export function createRunnerCopies(): RunnerCopies {
  const counts = new Map<RunnerSignature, number>();
  const add = (runners: readonly RunnerReport[] | undefined, change: number) => {
    for (const { signature } of runners ?? []) {
      const count = (counts.get(signature) ?? 0) + change;
      if (count > 0) counts.set(signature, count);
      else counts.delete(signature);
    }
  };
  return {
    of: (signature) => counts.get(signature) ?? 0,
    change(before, after) {
      if (before === after) return;
      add(before, -1);
      add(after, 1);
    },
  };
}
