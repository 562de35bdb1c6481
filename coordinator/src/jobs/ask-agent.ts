import { Agent as HttpAgent, request } from 'node:http';
import { AppError, describeCause, FORWARD_HEADERS } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';

export interface Ask {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body: unknown;
  /** Of the runner that the request needs, where it needs one. */
  readonly signature?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface AgentAnswer {
  readonly status: number;
  /** Ollama's or the agent's complaint; '' where there is none. */
  readonly error: string;
  /** The gate let nothing through; Ollama has seen nothing. */
  readonly isBusy: boolean;
}

/** Has an agent pass a short request on to its Ollama. Throws AGENT_UNREACHABLE, and the signal's reason. */
export type AskAgent = (agent: AgentRecord, ask: Ask) => Promise<AgentAnswer>;

const MOST_BYTES = 1_048_576;

export function createAskAgent({ agentToken }: { readonly agentToken: (id: AgentId, incarnation: number) => string }): AskAgent {
  const httpAgent = new HttpAgent({ keepAlive: false });
  return (agent, { method, path, body, signature, timeoutMs, signal }) => {
    const text = JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${agentToken(agent.id, agent.incarnation)}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(signature === undefined ? {} : { [FORWARD_HEADERS.signature]: signature }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(`${agent.address}${path}`, { method, agent: httpAgent, headers, timeout: timeoutMs, signal });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.on('error', (error) => {
        const unreachable = new AppError('AGENT_UNREACHABLE', {
          details: { agent: agent.name, cause: describeCause(error) },
          cause: error,
        });
        reject(signal.aborted ? signal.reason : unreachable);
      });
      outgoing.on('response', (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          if (answer.length < MOST_BYTES) answer += chunk;
        });
        response.on('error', () => undefined);
        response.on('end', () => {
          const isBusy = response.headers[FORWARD_HEADERS.busy] !== undefined;
          resolve({ status: response.statusCode ?? 0, error: complaintIn(answer), isBusy });
        });
      });
      outgoing.end(text);
    });
  };
}

function complaintIn(answer: string): string {
  try {
    const { error } = JSON.parse(answer) as { error?: unknown };
    return typeof error === 'string' ? error : '';
  } catch {
    return '';
  }
}
