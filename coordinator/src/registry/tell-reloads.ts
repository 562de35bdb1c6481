import type { Clock, FleetEvent } from '@ollama-coordinator/common';
import { describeReload, type Reload } from '../balancing/steer.js';

/** At most one event per agent and model in this time: steering is told of, not each request that is steered. */
const QUIET_MS = 60_000;
/** Names that are remembered; more than a fleet has. */
const MOST_KEPT = 4096;

export interface TellReloadsDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly tell: (event: Omit<FleetEvent, 'id' | 'at'>) => void;
}

/** Tells operators of reloads that were avoided. */
export function createTellReloads({ clock, tell }: TellReloadsDeps): (model: string, reload: Reload) => void {
  const toldMs = new Map<string, number>();
  return (model, reload) => {
    const nowMs = clock.monotonic();
    const name = `${reload.agentId} ${model}`;
    const lastMs = toldMs.get(name);
    if (lastMs !== undefined && nowMs - lastMs < QUIET_MS) return;
    if (toldMs.size >= MOST_KEPT) toldMs.clear();
    toldMs.set(name, nowMs);
    tell({ type: 'reload_avoided', agent_id: reload.agentId, agent_name: reload.agent, model, detail: describeReload(reload) });
  };
}
