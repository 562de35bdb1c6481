import { AppError, type Clock, type Request, requestStatusSchema, trendPeriodSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import type { Caller } from '../../credentials/caller.js';
import { isNarrowed, mayUseAgent, mayUseModel } from '../../credentials/permissions.js';
import type { BodyStore } from '../../history/bodies/body-store.js';
import type { History, RequestsFilter } from '../../history/create-history.js';
import { readHistory } from '../../history/read-history.js';
import { writeExport } from '../../history/write-export.js';
import type { FleetSnapshot, FleetView } from '../../registry/fleet-snapshot.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';
import { timeSchema } from '../time-schema.js';

export interface HistoryHandlersDeps {
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly history: History;
  readonly bodies: Pick<BodyStore, 'get'>;
  readonly clock: Pick<Clock, 'now'>;
}

const textSchema = z.string().min(1).max(512).optional();
const limitSchema = z.coerce.number().int().min(1).max(1000).default(50);
/** A larger export would hold up the coordinator; who needs more asks for it by time. */
const MOST_EXPORTED = 100_000;

const filterFields = {
  agent: textSchema,
  model: textSchema,
  status: requestStatusSchema.optional(),
  caller: textSchema,
  since: timeSchema.optional(),
  until: timeSchema.optional(),
};
const inOrder = ({ since, until }: { since?: Date | undefined; until?: Date | undefined }) =>
  since === undefined || until === undefined || since <= until;
const ORDER = { path: ['until'], error: 'must not be before since' };
const requestsQuerySchema = z.strictObject({ ...filterFields, limit: limitSchema, cursor: z.string().optional() }).refine(inOrder, ORDER);
const exportQuerySchema = z
  .strictObject({ ...filterFields, format: z.enum(['csv', 'json']), limit: z.coerce.number().int().min(1).max(MOST_EXPORTED).optional() })
  .refine(inOrder, ORDER);
const eventsQuerySchema = z.strictObject({ limit: limitSchema, cursor: z.string().optional() });

const trendsQuerySchema = z
  .strictObject({
    by: trendPeriodSchema.default('hour'),
    since: timeSchema.optional(),
    until: timeSchema.optional(),
    agent: textSchema,
    model: textSchema,
  })
  .refine(inOrder, ORDER)
  .refine(({ agent, model }) => agent === undefined || model === undefined, {
    path: ['model'],
    error: 'give an agent or a model, not both',
  });
/** What is shown where no time is given: two days of hours, or a month of days. */
const SHOWN_MS = { hour: 47 * 3_600_000, day: 29 * 86_400_000 };

type HistoryHandlerName = 'listRequests' | 'exportRequests' | 'getRequest' | 'requestBodies' | 'listEvents' | 'trends';

/** What was. */
export function createHistoryHandlers({ fleet, history, bodies, clock }: HistoryHandlersDeps): Pick<ApiHandlers, HistoryHandlerName> {
  const narrow = (filter: RequestsFilter, caller: Caller): RequestsFilter => {
    if (!isNarrowed(caller)) return filter;
    const { agents } = fleet.snapshot();
    return { ...filter, isSeen: (request) => mayUseModel(caller, request.model) && maySeeAgentOf(request, agents, caller) };
  };
  return {
    listRequests: async (req, res, { caller }) => {
      const { limit, cursor, ...filter } = parseInput(requestsQuerySchema, req.query);
      res.json(await history.requests({ ...narrow(filter, caller), limit, cursor }));
    },
    exportRequests: async (req, res, { caller }) => {
      const { format, limit, ...asked } = parseInput(exportQuerySchema, req.query);
      const filter = narrow(asked, caller);
      if (limit === undefined && (await exceeds(history.allRequests(filter), MOST_EXPORTED))) {
        throw new AppError('EXPORT_TOO_LARGE', { details: { most: MOST_EXPORTED } });
      }
      await writeExport(res, format, history.allRequests(filter), limit ?? MOST_EXPORTED);
    },
    getRequest: async (req, res) => {
      const { id = '' } = req.params;
      const request = await history.request(String(id));
      if (request === undefined) throw new AppError('REQUEST_NOT_IN_HISTORY', { details: { request: String(id) } });
      res.json(request);
    },
    requestBodies: async (req, res) => {
      const id = String(req.params.id ?? '');
      const kept = await readHistory(() => bodies.get(id));
      if (kept === undefined) throw new AppError('BODIES_NOT_KEPT', { details: { request: id } });
      res.setHeader('cache-control', 'no-store').json(kept);
    },
    listEvents: async (req, res) => {
      res.json(await history.events(parseInput(eventsQuerySchema, req.query)));
    },
    trends: async (req, res) => {
      const { by, agent, model, ...range } = parseInput(trendsQuerySchema, req.query);
      const until = range.until ?? new Date(clock.now());
      const since = range.since ?? new Date(until.getTime() - SHOWN_MS[by]);
      // An agent that is gone has figures still, under its id.
      const agentId = [...fleet.snapshot().agents.values()].find(({ id, name }) => id === agent || name === agent)?.id ?? agent;
      res.json({ by, trends: await history.trends({ by, since, until, agentId, model }) });
    },
  };
}

async function exceeds(items: AsyncIterable<unknown>, most: number): Promise<boolean> {
  let count = 0;
  for await (const _item of items) {
    count += 1;
    if (count > most) return true;
  }
  return false;
}

/** A request that no agent had, or one that is gone, tells nothing of an agent that the caller may not see. */
function maySeeAgentOf({ agent_id: id }: Request, agents: FleetSnapshot['agents'], caller: Caller): boolean {
  const agent = id === undefined ? undefined : agents.get(id);
  return id === undefined || (agent === undefined ? caller.key?.allowsAgent === undefined : mayUseAgent(caller, agent));
}
