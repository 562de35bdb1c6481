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
import { type JsonAnswer, requestJson } from '../http/request-json.js';
import { type CoordinatorPlace, createCoordinatorPool } from './coordinator-pool.js';

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

/** Throws BAD_CONFIG. */
export function createCoordinatorClient(place: CoordinatorPlace): CoordinatorClient {
  const { coordinatorUrl } = place;
  const agent = createCoordinatorPool(place, 2);
  const post = async (path: string, body: unknown, { token, timeoutMs }: { token?: string; timeoutMs: number }): Promise<JsonAnswer> => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    try {
      return await requestJson({ url: coordinatorUrl + path, method: 'POST', headers, body, timeoutMs, agent });
    } catch (cause) {
      throw cause instanceof AppError ? cause : unreachable(coordinatorUrl, describeCause(cause), cause);
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

/** With a page of its own, a proxy says by these that it did not reach what is behind it, or got no answer in time. */
const PROXY_FAILURES: ReadonlySet<number> = new Set([502, 503, 504]);

interface Exchange {
  readonly agent: string;
  readonly refusals: Refusals;
  readonly coordinatorUrl: string;
}

function readAnswer<S extends z.ZodType>(schema: S, answer: JsonAnswer, exchange: Exchange): z.output<S> {
  refuse(answer, exchange);
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) throw strange(answer, exchange, 'its answer is not that of a coordinator');
  return parsed.data;
}

/** Throws what an answer other than 2xx means. */
function refuse(answer: JsonAnswer, exchange: Exchange): void {
  const { status, body } = answer;
  const { agent, refusals } = exchange;
  if (status >= 200 && status < 300) return;
  const sentence = (body as { error?: unknown } | undefined)?.error;
  const reason = typeof sentence === 'string' ? sentence : `HTTP ${status}`;
  const code = body === undefined ? undefined : refusals[status];
  throw code ? new AppError(code, { details: { agent, reason } }) : strange(answer, exchange, reason);
}

/** What answers there is no coordinator, or not one of ours. A network that wants a sign-in sends a page, or elsewhere to one. */
function strange({ status, isPage }: JsonAnswer, { coordinatorUrl: url }: Exchange, reason: string): AppError {
  if (isPage && PROXY_FAILURES.has(status)) return unreachable(url, `a proxy on the way answers HTTP ${status} in its place`);
  return isPage || (status >= 300 && status < 400) ? new AppError('COORDINATOR_IS_PAGE', { details: { url } }) : unreachable(url, reason);
}

function unreachable(url: string, cause: string, error?: unknown): AppError {
  return new AppError('COORDINATOR_UNREACHABLE', { details: { url, cause }, cause: error });
}
