import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  healthCheckRequestSchema,
  type RegisterRequest,
  registerRequestSchema,
} from '@ollama-coordinator/common';

export interface AgentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface AgentCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whose token the call carries. Default: replica-1; null: none. */
  readonly replica?: string | null;
  /** Ends the call from this side. */
  readonly signal?: AbortSignal;
}

/** The agent-facing half of a coordinator, on a real socket, which records what it hears and answers as it is told. */
export interface FakeCoordinator {
  readonly url: string;
  readonly registrations: RegisterRequest[];
  readonly heartbeats: HealthCheckRequest[];
  readonly leaves: { agent_id: string; incarnation: number }[];
  /** Answer to the next heartbeats. */
  answer: Partial<HealthCheckResponse>;
  /** HTTP status with which registrations are refused; 0 = they are not. */
  refuseWith: number;
  /** Forgets every agent: heartbeats get 404 until it registers again. */
  forget(): void;
  /** Signs a token for the agent that registered last. */
  token(replica?: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Calls the agent that registered last; resolves with the whole answer. */
  call(path: string, call?: AgentCall): Promise<AgentAnswer>;
  /** The same, resolving when the headers are there. */
  open(path: string, call?: AgentCall): Promise<IncomingMessage>;
  /** Opens a watch of that replica and collects its records. */
  watch(replica: string): Promise<FakeWatch>;
  close(): Promise<void>;
}

export interface FakeWatch {
  readonly records: { type: string; [field: string]: unknown }[];
  readonly closed: boolean;
  close(): void;
}

export async function startFakeCoordinator({ heartbeatMs = 100, port = 0 } = {}): Promise<FakeCoordinator> {
  const keys = generateKeyPairSync('ed25519');
  const { x: publicKey = '' } = keys.publicKey.export({ format: 'jwk' });
  const known = new Set<string>();
  const coordinator: Omit<FakeCoordinator, 'url' | 'close'> = {
    registrations: [],
    heartbeats: [],
    leaves: [],
    answer: {},
    refuseWith: 0,
    forget: () => known.clear(),
    token: async (replica = 'replica-1', claims = {}) => signToken(keys.privateKey, agentOf(coordinator).agent_id ?? '', replica, claims),
    async open(path, { method = 'GET', headers = {}, body, replica = 'replica-1', signal } = {}) {
      const { ip_address: hostname, port: agentPort } = agentOf(coordinator);
      const authorization = replica === null ? {} : { authorization: `Bearer ${await coordinator.token(replica)}` };
      const length = body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const call = request({
        hostname,
        port: agentPort,
        path,
        method,
        agent: false,
        headers: { ...authorization, ...length, ...headers },
        ...(signal === undefined ? {} : { signal }),
      });
      call.end(body);
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      return response;
    },
    async call(path, call) {
      const response = await coordinator.open(path, call);
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      return { status: response.statusCode ?? 0, headers: response.headers, body };
    },
    watch: async (replica) => collect(await coordinator.open('/agent/watch', { replica })),
  };
  const answer = (path: string, body: unknown, authorization: string | undefined): [status: number, body: unknown] => {
    if (path === '/api/agents/register') {
      const registration = registerRequestSchema.parse(body);
      coordinator.registrations.push(registration);
      const { agent_id = '' } = registration;
      if (coordinator.refuseWith) return [coordinator.refuseWith, { error: 'refused' }];
      const status = known.has(agent_id) ? 'updated' : 'registered';
      known.add(agent_id);
      const granted = { token: `token-of-${agent_id}`, coordinator_key: publicKey, transport: 'direct' };
      return [200, { agent_id, status, ...granted, heartbeat_ms: heartbeatMs, ttl_ms: heartbeatMs * 3 }];
    }
    if (path === '/api/health') {
      const heartbeat = healthCheckRequestSchema.parse(body);
      if (authorization !== `Bearer token-of-${heartbeat.agent_id}`) return [401, { error: 'bad token' }];
      if (!known.has(heartbeat.agent_id)) return [404, { error: 'not registered' }];
      coordinator.heartbeats.push(heartbeat);
      return [200, { status: 'ok', ...coordinator.answer }];
    }
    if (path !== '/api/agents/leave') return [404, { error: '404 page not found' }];
    coordinator.leaves.push(body as FakeCoordinator['leaves'][number]);
    return [204, undefined];
  };
  const server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req.setEncoding('utf8')) text += chunk;
    const [status, body] = answer(req.url ?? '', text === '' ? {} : JSON.parse(text), req.headers.authorization);
    res.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? undefined : JSON.stringify(body));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(coordinator, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

function agentOf({ registrations }: Pick<FakeCoordinator, 'registrations'>): RegisterRequest {
  const last = registrations.at(-1);
  if (!last) throw new Error('no agent has registered');
  return last;
}

function signToken(key: KeyObject, agentId: string, replica: string, claims: Readonly<Record<string, unknown>>): string {
  const nowS = Math.floor(Date.now() / 1000);
  const payload = { iss: 'ollama-coordinator', sub: replica, aud: agentId, iat: nowS, exp: nowS + 60, ...claims };
  const text = `${encodePart({ alg: 'EdDSA' })}.${encodePart(payload)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

function encodePart(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function collect(response: IncomingMessage): FakeWatch {
  const watch = { records: [] as FakeWatch['records'], closed: false, close: () => void response.destroy() };
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    watch.records.push(...lines.map((line) => JSON.parse(line)));
  });
  response.on('error', () => undefined);
  response.once('close', () => {
    watch.closed = true;
  });
  return watch;
}
