import {
  AppError,
  agentPatchSchema,
  demandShallowJson,
  healthCheckRequestSchema,
  PROTOCOL_VERSION,
  type RegisterResponse,
  registerRequestSchema,
} from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import type { AdmitAgent, KnownAgent } from '../../credentials/admit-agent.js';
import { narrowFleet } from '../../credentials/narrow-fleet.js';
import { demandHolder, type Tokens } from '../../credentials/tokens.js';
import type { History } from '../../history/create-history.js';
import type { AddressPolicy } from '../../reach/address-policy.js';
import { HEARTBEAT_LIMIT_BYTES } from '../../registry/agent-hash.js';
import type { Registry } from '../../registry/create-registry.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { agentAddress } from '../../registry/identify-agent.js';
import { sharersOf } from '../../registry/sharers-of.js';
import { toAgent } from '../../registry/to-agent.js';
import type { ApiHandlers } from '../api-app.js';
import { bearerOf } from '../authenticate.js';
import { isLoopback } from '../loopback.js';
import { parseInput } from '../parse-input.js';
import { readBody } from '../read-body.js';
import type { RequestContext } from '../request-context.js';
import { sendError, toAppError } from '../send-error.js';
import { timeSchema } from '../time-schema.js';

export interface AgentHandlersDeps {
  readonly registry: Registry;
  readonly history: History;
  readonly tokens: Tokens;
  readonly admitAgent: AdmitAgent;
  readonly addresses: Pick<AddressPolicy, 'demand'>;
  readonly publicKey: string;
  readonly agentTtlMs: number;
}

const leaveSchema = z.object({ agent_id: z.string(), incarnation: z.number().int() });
const healthQuerySchema = z.strictObject({
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(10_080).optional(),
  cursor: z.string().optional(),
});

type AgentHandlerName =
  | 'register'
  | 'leave'
  | 'listAgents'
  | 'getAgent'
  | 'patchAgent'
  | 'removeAgent'
  | 'drainAgent'
  | 'resumeAgent'
  | 'approveAgent'
  | 'rotateAgent'
  | 'revokeAgent'
  | 'agentHealth';

/** Agents as they register and leave, and as operators see and change them. */
export function createAgentHandlers({
  registry,
  history,
  tokens,
  admitAgent,
  addresses,
  publicKey,
  agentTtlMs,
}: AgentHandlersDeps): Pick<ApiHandlers, AgentHandlerName> {
  /** An agent that the caller's key does not allow is not there. */
  const find = (id: unknown, { caller }: Pick<RequestContext, 'caller'>): AgentRecord => {
    const { agents } = narrowFleet(registry.snapshot(), caller);
    const agent = agents.get(String(id)) ?? [...agents.values()].find((candidate) => candidate.name === id);
    if (!agent) throw new AppError('UNKNOWN_AGENT', { details: { agent: String(id) } });
    return agent;
  };
  const changed = async (id: unknown, context: RequestContext, change: (agentId: AgentId) => Promise<void>) => {
    const agent = find(id, context);
    await change(agent.id);
    return toAgent(find(agent.id, context));
  };

  return {
    register: async (req, res) => {
      const request = parseInput(registerRequestSchema, req.body);
      const bearer = bearerOf(req);
      const admit = async (id: AgentId, known: KnownAgent | undefined) => {
        const admission = await admitAgent(request, { id, bearer, known });
        // Only now: a stranger must not have names looked up.
        if (request.transport !== 'tunnel')
          await addresses.demand(agentAddress(request.ip_address, request.port), isLoopback(req.socket.remoteAddress ?? ''));
        return admission;
      };
      const { agentId, status, incarnation, generation, transport, waiting } = await registry.register(request, { admit });
      const answer: RegisterResponse = {
        protocol_version: PROTOCOL_VERSION,
        agent_id: agentId,
        status,
        token: tokens.issueTo(agentId, incarnation, generation),
        coordinator_key: publicKey,
        heartbeat_ms: request.heartbeat_ms,
        ttl_ms: Math.max(agentTtlMs, 3 * request.heartbeat_ms),
        transport,
        waiting,
        shares_ollama_with: waiting ? [] : sharersOf(registry.snapshot(), agentId).map(({ name }) => name),
      };
      res.json(answer);
    },
    leave: async (req, res) => {
      const credential = tokens.read(bearerOf(req));
      const { agent_id: agentId, incarnation } = parseInput(leaveSchema, req.body);
      demandHolder(credential, agentId, incarnation);
      await registry.leave(agentId, incarnation);
      res.status(204).end();
    },
    listAgents: (_req, res, { caller }) => {
      res.json([...narrowFleet(registry.snapshot(), caller).agents.values()].map(toAgent));
    },
    getAgent: (req, res, context) => {
      res.json(toAgent(find(req.params.id, context)));
    },
    patchAgent: async (req, res, context) => {
      const agent = find(req.params.id, context);
      await registry.patch(agent.id, parseInput(agentPatchSchema, req.body));
      res.json(toAgent(find(agent.id, context)));
    },
    removeAgent: async (req, res, context) => {
      await registry.remove(find(req.params.id, context).id);
      res.status(204).end();
    },
    drainAgent: async (req, res, context) => {
      res.json(await changed(req.params.id, context, (id) => registry.setDraining(id, true)));
    },
    resumeAgent: async (req, res, context) => {
      res.json(await changed(req.params.id, context, (id) => registry.setDraining(id, false)));
    },
    approveAgent: async (req, res, context) => {
      res.json(await changed(req.params.id, context, registry.approve));
    },
    rotateAgent: async (req, res, context) => {
      res.json(await changed(req.params.id, context, registry.rotate));
    },
    revokeAgent: async (req, res, context) => {
      res.json(await changed(req.params.id, context, registry.revoke));
    },
    agentHealth: async (req, res, context) => {
      res.json(await history.healthSamples(find(req.params.id, context).id, parseInput(healthQuerySchema, req.query)));
    },
  };
}

/** `POST /api/health`. A thousand agents call it two hundred times a second, so it stands outside Express. */
export function createHandleHeartbeat({
  registry,
  tokens,
}: {
  readonly registry: Registry;
  readonly tokens: Tokens;
}): (context: RequestContext) => Promise<void> {
  return async (context) => {
    const { req, res, id } = context;
    try {
      const credential = tokens.read(bearerOf(req));
      const body = await readBody(req, HEARTBEAT_LIMIT_BYTES);
      const heartbeat = parseInput(healthCheckRequestSchema, parseJson(body));
      demandHolder(credential, heartbeat.agent_id, heartbeat.incarnation);
      const { sendModels, draining, waiting } = await registry.heartbeat(heartbeat, credential.generation);
      const answer = JSON.stringify({ status: 'ok', send_models: sendModels, draining, waiting });
      res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length });
      res.end(answer);
    } catch (failure) {
      if (!res.headersSent && !res.destroyed) sendError(res, toAppError(failure, id), 'ollama', id);
    }
  };
}

function parseJson(body: Buffer): unknown {
  demandShallowJson(body);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AppError('BAD_REQUEST', { details: { reason: 'the heartbeat is not valid JSON' } });
  }
}
