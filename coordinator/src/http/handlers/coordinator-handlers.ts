import { AppError, agentStatusSchema, type Request, requestStatusSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import type { WaitingLines } from '../../admission/waiting-lines.js';
import type { Balancing } from '../../balancing/create-balancing.js';
import type { Caller } from '../../credentials/caller.js';
import { isNarrowed, mayUseAgent, mayUseModel } from '../../credentials/permissions.js';
import type { History } from '../../history/create-history.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { Registry } from '../../registry/create-registry.js';
import type { FleetSnapshot } from '../../registry/fleet-snapshot.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

export interface CoordinatorHandlersDeps {
  readonly registry: Registry;
  readonly history: History;
  readonly metrics: Metrics;
  readonly lines: WaitingLines;
  readonly balancing: Balancing;
  readonly replicaId: string;
  readonly version: string;
  readonly isStopping: () => boolean;
}

const timeSchema = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const limitSchema = z.coerce.number().int().min(1).max(1000).default(50);
const requestsQuerySchema = z.strictObject({
  agent: z.string().optional(),
  model: z.string().optional(),
  status: requestStatusSchema.optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  limit: limitSchema,
  cursor: z.string().optional(),
});
const eventsQuerySchema = z.strictObject({ limit: limitSchema, cursor: z.string().optional() });

type CoordinatorHandlerName = 'healthz' | 'readyz' | 'metrics' | 'listRequests' | 'getRequest' | 'listEvents' | 'stats';

/** The coordinator about itself. */
export function createCoordinatorHandlers(deps: CoordinatorHandlersDeps): Pick<ApiHandlers, CoordinatorHandlerName> {
  const { registry, history, metrics, lines } = deps;
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
      metrics.running.set(deps.balancing.inFlight.total());
      for (const { balancer, kind, count } of deps.balancing.faults()) metrics.balancerFaults.set({ balancer, fault: kind }, count);
      res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
    listRequests: async (req, res, { caller }) => {
      const { agents } = registry.snapshot();
      const isSeen = (request: Request) => mayUseModel(caller, request.model) && maySeeAgentOf(request, agents, caller);
      res.json(await history.requests({ ...parseInput(requestsQuerySchema, req.query), ...(isNarrowed(caller) ? { isSeen } : {}) }));
    },
    getRequest: async (req, res) => {
      const { id = '' } = req.params;
      const request = await history.request(String(id));
      if (request === undefined) throw new AppError('REQUEST_NOT_IN_HISTORY', { details: { request: String(id) } });
      res.json(request);
    },
    listEvents: async (req, res) => {
      res.json(await history.events(parseInput(eventsQuerySchema, req.query)));
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

/** A request that no agent had, or one that is gone, tells nothing of an agent that the caller may not see. */
function maySeeAgentOf({ agent_id: id }: Request, agents: FleetSnapshot['agents'], caller: Caller): boolean {
  const agent = id === undefined ? undefined : agents.get(id);
  return id === undefined || (agent === undefined ? caller.key?.allowsAgent === undefined : mayUseAgent(caller, agent));
}
