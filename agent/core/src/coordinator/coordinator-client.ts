import type { SecureContextOptions } from 'node:tls';
import {
  AppError,
  describeCause,
  type ErrorCode,
  type HealthCheckRequest,
  type HealthCheckResponse,
  healthCheckResponseSchema,
  type RegisterRequest,
  type RegisterResponse,
  registerResponseSchema,
} from '@ollama-coordinator/common';
import type { z } from 'zod';
import { createConnectionPool, type JsonAnswer, requestJson } from '../http/request-json.js';

const REGISTER_TIMEOUT_MS = 5000;
const LEAVE_TIMEOUT_MS = 2000;

/** The coordinator's side of the wire, as an agent calls it. Every method throws AppErrors only. */
export interface CoordinatorClient {
  /** `credential`: the one that this agent has kept. */
  register(request: RegisterRequest, credential?: string): Promise<RegisterResponse>;
  heartbeat(token: string, body: HealthCheckRequest, timeoutMs: number): Promise<HealthCheckResponse>;
  leave(token: string, body: { agent_id: string; incarnation: number }): Promise<void>;
  close(): void;
}

/** What a refusing status means on a route. */
type Refusals = Readonly<Record<number, ErrorCode>>;
const REGISTER_REFUSALS: Refusals = { 400: 'BAD_REQUEST', 401: 'NOT_ADMITTED', 403: 'NOT_ADMITTED', 409: 'OLD_INCARNATION' };
const AGENT_REFUSALS: Refusals = { 400: 'BAD_REQUEST', 401: 'BAD_AGENT_TOKEN', 404: 'AGENT_NOT_REGISTERED', 409: 'OLD_INCARNATION' };

export function createCoordinatorClient(coordinatorUrl: string, tls: SecureContextOptions = {}): CoordinatorClient {
  const agent = createConnectionPool(coordinatorUrl, 2, tls);
  const post = async (path: string, body: unknown, { token, timeoutMs }: { token?: string; timeoutMs: number }): Promise<JsonAnswer> => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    try {
      return await requestJson({ url: coordinatorUrl + path, method: 'POST', headers, body, timeoutMs, agent });
    } catch (cause) {
      throw unreachable(coordinatorUrl, describeCause(cause), cause);
    }
  };
  return {
    async register(request, credential) {
      const token = credential === undefined ? {} : { token: credential };
      const answer = await post('/api/agents/register', request, { ...token, timeoutMs: REGISTER_TIMEOUT_MS });
      const known = { agent: request.agent_id ?? '', refusals: REGISTER_REFUSALS, coordinatorUrl };
      return readAnswer(registerResponseSchema, answer, known);
    },
    async heartbeat(token, body, timeoutMs) {
      const answer = await post('/api/health', body, { token, timeoutMs });
      return readAnswer(healthCheckResponseSchema, answer, { agent: body.agent_id, refusals: AGENT_REFUSALS, coordinatorUrl });
    },
    async leave(token, body) {
      const answer = await post('/api/agents/leave', body, { token, timeoutMs: LEAVE_TIMEOUT_MS });
      refuse(answer, { agent: body.agent_id, refusals: AGENT_REFUSALS, coordinatorUrl });
    },
    close: () => agent.destroy(),
  };
}

interface Exchange {
  readonly agent: string;
  readonly refusals: Refusals;
  readonly coordinatorUrl: string;
}

function readAnswer<S extends z.ZodType>(schema: S, answer: JsonAnswer, exchange: Exchange): z.output<S> {
  refuse(answer, exchange);
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) throw unreachable(exchange.coordinatorUrl, 'its answer is not that of a coordinator', parsed.error);
  return parsed.data;
}

/** Throws what an answer other than 2xx means. */
function refuse({ status, body }: JsonAnswer, { agent, refusals, coordinatorUrl }: Exchange): void {
  if (status >= 200 && status < 300) return;
  const sentence = (body as { error?: unknown } | undefined)?.error;
  const reason = typeof sentence === 'string' ? sentence : `HTTP ${status}`;
  const code = refusals[status];
  throw code ? new AppError(code, { details: { agent, reason } }) : unreachable(coordinatorUrl, reason);
}

function unreachable(url: string, cause: string, error?: unknown): AppError {
  return new AppError('COORDINATOR_UNREACHABLE', { details: { url, cause }, cause: error });
}
