import { type Agent as ConnectionPool, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { AppError, type Clock, describeCause, FORWARD_HEADERS } from '@ollama-coordinator/common';
import type { Tokens } from '../credentials/tokens.js';
import { wasReached } from '../forwarding/was-reached.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { readWhole } from './read-whole.js';

/** What an agent is asked to pass on to its Ollama. */
export interface Question {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly path: string;
  readonly requestId: string;
  /** Bytes, or a client's request whose body is passed on as it comes. */
  readonly body?: Buffer | IncomingMessage | undefined;
  /** The runner that it needs, on routes that pass the agent's gate; empty: none. */
  readonly signature?: string | undefined;
  /** Only where the answer begins with work: how long until its head must be there. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer of an agent's Ollama, its body still to be read. */
export interface AgentAnswer {
  readonly agent: AgentRecord;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/**
 * Asks one agent for a verb. Rejects with AGENT_UNREACHABLE, or AGENT_FAILED where the agent answered for
 * itself or nobody answered in time; what Ollama answers, errors too, is an answer.
 */
export type AskAgent = (agent: AgentRecord, question: Question) => Promise<AgentAnswer>;

export interface AskAgentDeps {
  readonly pool: ConnectionPool;
  readonly tokens: Pick<Tokens, 'forAgent'>;
  readonly clock: Pick<Clock, 'setTimeout'>;
}

export function createAskAgent({ pool, tokens, clock }: AskAgentDeps): AskAgent {
  return async (agent, question) => {
    const headers = headersOf(question, tokens.forAgent(agent.id, agent.incarnation));
    const body = await new Promise<IncomingMessage>((resolve, reject) => {
      const { method, path, signal, timeoutMs } = question;
      const outgoing = request(agent.address + path, { agent: pool, method, headers, ...(signal ? { signal } : {}) });
      const timer = timeoutMs === undefined ? undefined : clock.setTimeout(() => outgoing.destroy(new NoAnswer(timeoutMs)), timeoutMs);
      outgoing.once('response', (answer) => {
        timer?.cancel();
        resolve(answer);
      });
      // Also heard after the answer: an Ollama that has a blob already answers without reading it.
      outgoing.on('error', (failure) => reject(connectionError(agent, failure)));
      outgoing.once('close', () => timer?.cancel());
      sendBody(outgoing, question);
    });
    const own = body.headers[FORWARD_HEADERS.error];
    if (own !== undefined) throw await agentsError(agent, body, String(own));
    return { agent, status: body.statusCode ?? 502, headers: body.headers, body };
  };
}

class NoAnswer extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
  }
}

function headersOf({ body, requestId, signature }: Question, token: string): Record<string, string> {
  const gate = signature === undefined ? {} : { [FORWARD_HEADERS.signature]: signature };
  const headers = { authorization: `Bearer ${token}`, [FORWARD_HEADERS.requestId]: requestId, ...gate };
  if (body === undefined) return headers;
  if (Buffer.isBuffer(body)) return { ...headers, 'content-type': 'application/json', 'content-length': String(body.length) };
  const length = body.headers['content-length'];
  const framing = length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length };
  return { ...headers, 'content-type': 'application/octet-stream', ...framing };
}

function sendBody(outgoing: ReturnType<typeof request>, { body }: Question): void {
  if (body === undefined || Buffer.isBuffer(body)) {
    outgoing.end(body);
    return;
  }
  // A client that leaves must not look like one whose upload is whole.
  body.once('close', () => {
    if (!body.complete) outgoing.destroy();
  });
  outgoing.once('response', (answer) => {
    if (body.readableEnded) return;
    body.unpipe(outgoing).resume();
    // The next request on this connection would be taken for the rest of the body.
    answer.once('end', () => outgoing.destroy());
  });
  body.pipe(outgoing);
}

function connectionError(agent: AgentRecord, failure: Error): AppError {
  const code = wasReached(failure) ? 'AGENT_FAILED' : 'AGENT_UNREACHABLE';
  return new AppError(code, { details: { agent: agent.name, cause: describeCause(failure) }, cause: failure });
}

/** What the agent says for itself, as that its Ollama does not answer. */
async function agentsError(agent: AgentRecord, body: IncomingMessage, code: string): Promise<AppError> {
  const text = (await readWhole(body, 65_536).catch(() => Buffer.alloc(0))).toString();
  return new AppError('AGENT_FAILED', { details: { agent: agent.name, cause: errorSentence(text) ?? code } });
}

/** The sentence in an error body of Ollama's. */
export function errorSentence(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
