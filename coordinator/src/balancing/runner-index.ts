import type { RunnerReport, RunnerSignature } from '@ollama-coordinator/common';
import type { AgentEntry } from './agent-views.js';

const NONE: readonly AgentEntry[] = [];

/** The entries of the fleet by the runners that they report. */
export interface RunnerIndex {
  of(signature: RunnerSignature): readonly AgentEntry[];
  /** The agent reports other runners than before; undefined: it was or is not there. */
  change(entry: AgentEntry, before: readonly RunnerReport[] | undefined, after: readonly RunnerReport[] | undefined): void;
}

export function createRunnerIndex(): RunnerIndex {
  const bySignature = new Map<RunnerSignature, AgentEntry[]>();

  function remove(entry: AgentEntry, signature: RunnerSignature): void {
    const entries = bySignature.get(signature);
    const index = entries?.indexOf(entry) ?? -1;
    if (!entries || index < 0) return;
    entries.splice(index, 1);
    if (entries.length === 0) bySignature.delete(signature);
  }
  function add(entry: AgentEntry, signature: RunnerSignature): void {
    const entries = bySignature.get(signature);
    if (!entries) bySignature.set(signature, [entry]);
    else if (!entries.includes(entry)) entries.push(entry);
  }
  return {
    of: (signature) => bySignature.get(signature) ?? NONE,
    change(entry, before = [], after = []) {
      if (before === after) return;
      for (const { signature } of before) if (!after.some((runner) => runner.signature === signature)) remove(entry, signature);
      for (const { signature } of after) if (!before.some((runner) => runner.signature === signature)) add(entry, signature);
    },
  };
}
