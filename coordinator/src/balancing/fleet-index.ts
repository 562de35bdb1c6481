import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, FleetChange, ModelName } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetDiff, FleetSnapshot, FleetView } from '../registry/fleet-snapshot.js';
import type { AgentEntry, AgentViews } from './agent-views.js';
import { createRunnerIndex } from './runner-index.js';

const NONE: readonly AgentEntry[] = [];

/** The entries of the fleet by model, kept in step with the snapshot. */
export interface FleetIndex {
  /** Every agent that has the model, whatever its standing, as of the present snapshot. */
  withModel(model: ModelName): readonly AgentEntry[];
  /** Every agent that reports such a runner, as of the snapshot that `withModel` was last asked about. */
  withRunner(signature: RunnerSignature): readonly AgentEntry[];
  close(): void;
}

export interface FleetIndexDeps {
  readonly fleet: FleetView;
  readonly views: AgentViews;
  readonly onFleetChange: (change: FleetChange) => void;
}

export function createFleetIndex({ fleet, views, onFleetChange }: FleetIndexDeps): FleetIndex {
  const byModel = new Map<ModelName, readonly AgentEntry[]>();
  const byRunner = createRunnerIndex();
  let version = Number.NaN;

  function take(record: AgentRecord): void {
    const before = views.get(record.id)?.record;
    if (before === record) return;
    if (before?.models !== record.models) byModel.clear();
    byRunner.change(views.update(record), before?.runners, record.runners);
    if (before) announceUnloaded(before, record, onFleetChange);
  }
  function drop(agent: AgentId): void {
    const entry = views.get(agent);
    if (!entry) return;
    byRunner.change(entry, entry.record.runners, undefined);
    views.remove(agent);
    byModel.clear();
    onFleetChange({ type: 'agent-left', agent });
  }
  function apply(snapshot: FleetSnapshot, diff: FleetDiff): void {
    // Another listener may have asked for a placement first, which took the whole snapshot in.
    if (snapshot.version === version) return;
    for (const agent of diff.removed) drop(agent);
    for (const record of diff.changed) take(record);
    version = snapshot.version;
  }
  function catchUp(snapshot: FleetSnapshot): void {
    for (const agent of views.ids()) if (!snapshot.agents.has(agent)) drop(agent);
    for (const record of snapshot.agents.values()) take(record);
    version = snapshot.version;
  }

  catchUp(fleet.snapshot());
  const stop = fleet.onChange(apply);
  return {
    withModel(model) {
      const snapshot = fleet.snapshot();
      if (snapshot.version !== version) catchUp(snapshot);
      const known = byModel.get(model);
      if (known) return known;
      const records = snapshot.agentsByModel.get(model);
      if (!records) return NONE;
      const entries = records.map((record) => views.update(record));
      byModel.set(model, entries);
      return entries;
    },
    withRunner: byRunner.of,
    close: stop,
  };
}

function announceUnloaded(before: AgentRecord, after: AgentRecord, onFleetChange: (change: FleetChange) => void): void {
  if (before.runners === after.runners) return;
  for (const { signature } of before.runners) {
    if (after.runners.some((runner) => runner.signature === signature)) continue;
    onFleetChange({ type: 'runner-unloaded', agent: before.id, signature });
  }
}
