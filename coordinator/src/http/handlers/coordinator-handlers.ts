import { AppError, agentStatusSchema } from '@ollama-coordinator/common';
import type { WaitingLines } from '../../admission/waiting-lines.js';
import type { Balancing } from '../../balancing/create-balancing.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { Registry } from '../../registry/create-registry.js';
import type { FleetSnapshot } from '../../registry/fleet-snapshot.js';
import { totalInFlight } from '../../registry/total-in-flight.js';
import type { ApiHandlers } from '../api-app.js';

export interface CoordinatorHandlersDeps {
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly lines: WaitingLines;
  readonly balancing: Balancing;
  readonly replicaId: string;
  readonly version: string;
  readonly isStopping: () => boolean;
  /** Of the history. */
  readonly droppedRecords: () => number;
  /** Held by requests. */
  readonly bodyBytes: () => number;
}

type CoordinatorHandlerName = 'healthz' | 'readyz' | 'metrics' | 'stats';

/** The coordinator about itself. */
export function createCoordinatorHandlers(deps: CoordinatorHandlersDeps): Pick<ApiHandlers, CoordinatorHandlerName> {
  const { registry, metrics, lines } = deps;
  const countByStatus = () => {
    const counts = Object.fromEntries(agentStatusSchema.options.map((status) => [status, 0]));
    for (const { status } of registry.snapshot().agents.values()) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };

  return {
    healthz: (_req, res) => {
      res.json({ status: 'ok' });
    },
    readyz: (_req, res) => {
      if (deps.isStopping()) throw new AppError('SHUTTING_DOWN', { retryAfterS: 1 });
      res.json({ status: 'ready', redis: registry.redisState() });
    },
    metrics: async (_req, res) => {
      for (const [status, count] of Object.entries(countByStatus())) metrics.agents.set({ status }, count);
      metrics.redisUp.set(registry.redisState() === 'up' ? 1 : 0);
      metrics.waiting.set(lines.waiting());
      metrics.bodies.set(deps.bodyBytes());
      metrics.running.set(deps.balancing.inFlight.total());
      showAgents(registry.snapshot(), metrics);
      metrics.historyDropped.set(deps.droppedRecords());
      for (const { balancer, kind, count } of deps.balancing.faults()) metrics.balancerFaults.set({ balancer, fault: kind }, count);
      res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
    stats: (_req, res) => {
      res.json({
        replica: deps.replicaId,
        version: deps.version,
        redis: registry.redisState(),
        agents: countByStatus(),
        waiting: lines.waiting(),
        running: deps.balancing.inFlight.total(),
      });
    },
  };
}

/** Of the agents that are there: one that left leaves no figure behind. */
function showAgents({ agents }: FleetSnapshot, { slots, agentInFlight }: Metrics): void {
  slots.reset();
  agentInFlight.reset();
  for (const record of agents.values()) {
    const { name: agent, slots: count, status } = record;
    if (status === 'offline') continue;
    slots.set({ agent }, count);
    agentInFlight.set({ agent }, totalInFlight(record));
  }
}
