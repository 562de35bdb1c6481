import { once } from 'node:events';
import type { Agent, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, type Clock, FORWARD_HEADERS, keptSchema, type Logger, type Tracing, wantsSchema } from '@ollama-coordinator/common';
import type { SlotGate } from '../gate/slot-gate.js';
import type { KeepModels } from '../keep/keep-models.js';
import type { ModelTransfers } from '../transfer/create-model-transfers.js';
import { COPY_PATH } from '../transfer/serve-copy.js';
import type { CopyCheck } from './copy-check.js';
import { forward, type OllamaAddress } from './forward.js';
import { findForwardRoute } from './forward-routes.js';
import type { HeldUp } from './held-up.js';
import { type AgentTls, createPlainServer } from './open-tls.js';
import { readJsonBody } from './read-json-body.js';
import { sendAgentError, sendBusy, sendJson } from './send-agent-error.js';
import type { TokenCheck } from './token-check.js';
import { traceForward, traceOllama } from './trace-forward.js';
import { answerTransfers } from './transfer-routes.js';
import type { WatchHub } from './watch-hub.js';

export interface AgentServerDeps {
  readonly agentId: string;
  readonly incarnation: number;
  readonly ollamaUrl: string;
  readonly address: OllamaAddress;
  /** Connections to Ollama. */
  readonly pool: Agent;
  readonly gate: SlotGate;
  readonly watches: WatchHub;
  readonly tokens: TokenCheck;
  readonly heldUp: HeldUp;
  readonly keeper: Pick<KeepModels, 'keep'>;
  readonly models: Pick<ModelTransfers, 'transfers' | 'serveCopy'>;
  /** Other agents that fetch a model from here. */
  readonly copies: CopyCheck;
  /** What it serves with; undefined: plain HTTP. */
  readonly tls?: Pick<AgentTls, 'createServer'> | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Something happened that a look at Ollama will show: a request ended, or Ollama did not answer one. */
  readonly onOllamaTouched: () => void;
}

/** What the agent answers to its coordinator, and to nobody else. */
export function createAgentServer(deps: AgentServerDeps): Server {
  const create = deps.tls?.createServer ?? createPlainServer;
  const server = create({ connectionsCheckingInterval: 2500 }, (req, res) => {
    const replica = deps.tokens.known(req.headers.authorization);
    if (req.url?.startsWith(COPY_PATH)) void handOver(req, res, req.url, deps);
    else if (replica !== undefined) dispatch(req, res, replica, deps);
    else void authenticate(req, res, deps);
  });
  server.headersTimeout = 10_000;
  // An upload may take long; whoever sends one has shown a token with its headers.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  return server;
}

/** Listens; resolves with the port. Throws PORT_IN_USE. */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new AppError('PORT_IN_USE', { details: { host, port, setting: 'AGENT_PORT' }, cause });
    throw new AppError('BAD_CONFIG', { details: { problems: `  AGENT_HOST: ${(cause as Error).message}` }, cause });
  }
  return (server.address() as AddressInfo).port;
}

async function authenticate(req: IncomingMessage, res: ServerResponse, deps: AgentServerDeps): Promise<void> {
  try {
    dispatch(req, res, await deps.tokens.verify(req.headers.authorization), deps);
  } catch (error) {
    // Nothing more is read from a stranger.
    res.setHeader('connection', 'close');
    fail(res, error, deps);
  }
}

/** Another agent is let in for one model; nothing else is open to it. */
async function handOver(req: IncomingMessage, res: ServerResponse, path: string, deps: AgentServerDeps): Promise<void> {
  try {
    await deps.models.serveCopy(req, res, path, await deps.copies.verify(req.headers.authorization));
  } catch (error) {
    res.setHeader('connection', 'close');
    fail(res, error, deps);
  }
}

function dispatch(req: IncomingMessage, res: ServerResponse, replica: string, deps: AgentServerDeps): void {
  const url = req.url ?? '/';
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  const method = req.method ?? 'GET';
  const kind = findForwardRoute(method, path);
  if (kind === 'gated') void forwardGated(req, res, { replica, path }, deps);
  else if (kind !== undefined) forwardBeside(req, res, kind, deps);
  else if (method === 'GET' && path === '/agent/watch') deps.watches.open(replica, res);
  else if (method === 'PUT' && path === '/agent/wants') void takeWants(req, res, replica, deps);
  else if (method === 'PUT' && path === '/agent/kept') void takeKept(req, res, deps);
  else if (method === 'GET' && path === '/agent/challenge') answerChallenge(url, res, deps);
  else if (path.startsWith('/agent/transfers')) void transfer(req, res, path, deps);
  else sendAgentError(res, new AppError('UNKNOWN_ROUTE'));
}

interface Gated {
  readonly replica: string;
  readonly path: string;
}

async function forwardGated(req: IncomingMessage, res: ServerResponse, { replica, path }: Gated, deps: AgentServerDeps): Promise<void> {
  const trace = deps.tracing && traceForward(deps.tracing, req, res, path);
  const signature = header(req, FORWARD_HEADERS.signature);
  if (signature === undefined) {
    const reason = `the header ${FORWARD_HEADERS.signature} is missing; it names the runner that the request needs`;
    return sendAgentError(res, new AppError('BAD_REQUEST', { details: { reason } }));
  }
  const catchingUp = deps.heldUp.caughtUp();
  if (catchingUp) await catchingUp;
  if (res.destroyed) return;
  const evict = header(req, FORWARD_HEADERS.evict)?.split(',') ?? [];
  const admission = deps.gate.admit({ replica, signature, grantId: header(req, FORWARD_HEADERS.grant), evict });
  if (!admission.admitted) return sendBusy(res, admission.reason);
  const { ticket } = admission;
  if (ticket.victims.length > 0 && !(await deps.gate.makeRoom(ticket))) return sendBusy(res, 'no idle model could be unloaded');
  if (res.destroyed) return deps.gate.release(ticket);
  const ollama = trace && traceOllama(trace, path);
  forward(req, res, ollama ? { ...deps, headers: ollama.headers } : deps, {
    onFirstByte: () => {
      ollama?.event('first byte');
      deps.gate.loaded(ticket);
    },
    onClosed: () => {
      ollama?.end();
      const wasLoading = ticket.runner?.state === 'loading';
      deps.gate.release(ticket);
      // What a new or failed runner is like is worth a look; after each answer of a known one it would only cost.
      if (wasLoading || ticket.runner?.contextLength === undefined) deps.onOllamaTouched();
    },
    onFailure: deps.onOllamaTouched,
  });
}

/** Passes on what takes no slot. What changes the models on disk is worth a look at Ollama when it has ended. */
function forwardBeside(req: IncomingMessage, res: ServerResponse, kind: 'plain' | 'changing', deps: AgentServerDeps): void {
  const onClosed = kind === 'changing' ? deps.onOllamaTouched : () => undefined;
  forward(req, res, deps, { onFirstByte: () => undefined, onClosed, onFailure: deps.onOllamaTouched });
}

async function takeWants(req: IncomingMessage, res: ServerResponse, replica: string, deps: AgentServerDeps): Promise<void> {
  try {
    deps.gate.setWants(replica, await readJsonBody(req, wantsSchema));
    res.writeHead(204).end();
  } catch (error) {
    fail(res, error, deps);
  }
}

async function takeKept(req: IncomingMessage, res: ServerResponse, deps: AgentServerDeps): Promise<void> {
  try {
    deps.keeper.keep((await readJsonBody(req, keptSchema)).kept);
    res.writeHead(204).end();
  } catch (error) {
    fail(res, error, deps);
  }
}

async function transfer(req: IncomingMessage, res: ServerResponse, path: string, deps: AgentServerDeps): Promise<void> {
  try {
    await (answerTransfers(req, res, path, { ...deps.models, clock: deps.clock }) ?? sendAgentError(res, new AppError('UNKNOWN_ROUTE')));
  } catch (error) {
    fail(res, error, deps);
  }
}

/** Proves to a coordinator that it reached this start of this agent. */
function answerChallenge(url: string, res: ServerResponse, { agentId, incarnation }: AgentServerDeps): void {
  const nonce = new URL(url, 'http://agent').searchParams.get('nonce') ?? '';
  sendJson(res, 200, { agent_id: agentId, incarnation, nonce: nonce.slice(0, 256) });
}

function fail(res: ServerResponse, error: unknown, { log }: AgentServerDeps): void {
  if (!(error instanceof AppError)) log.error({ err: error }, 'a request to the agent failed inside');
  const known = error instanceof AppError ? error : new AppError('INTERNAL', { details: { request_id: 'agent' }, cause: error });
  sendAgentError(res, known);
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
