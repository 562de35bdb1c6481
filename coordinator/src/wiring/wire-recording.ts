import { createRecording, type Recording } from '../recording/request-record.js';
import type { PartContext } from './part-context.js';
import type { FleetParts } from './start-fleet-parts.js';

type Needed = Pick<FleetParts, 'metrics' | 'history' | 'usage' | 'dashboard'>;

/** Where every request ends up. */
export function wireRecording(
  { replicaId, clock, log, tracing, stops }: PartContext,
  { metrics, history, usage, dashboard }: Needed,
): Recording {
  const recording = createRecording({
    replicaId,
    clock,
    log,
    metrics,
    keep: history.append,
    countUsage: usage.count,
    tracing,
    show: dashboard.requestChanged,
  });
  stops.push(() => recording.close());
  return recording;
}
