import { Agent as HttpAgent, request } from 'node:http';
import type { WantsInput } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { guardConnections } from '../reach/guard-connections.js';
import type { Reach } from '../reach/reach.js';

export interface WantsSenderDeps {
  /** Undefined for an agent that cannot be reached. */
  readonly addressOf: (id: AgentId) => string | undefined;
  readonly tokenOf: (id: AgentId) => string;
  /** Judges each connection that is opened; by default none is refused. */
  readonly addresses?: Reach | undefined;
}

const TIMEOUT_MS = 2000;

/**
 * Sends `PUT /agent/wants`. While one is under way to an agent only the latest next one is kept. A lost one is harmless: the
 * replica decides its waiting requests again with each change of the fleet.
 */
export function createWantsSender({ addressOf, tokenOf, addresses }: WantsSenderDeps) {
  const httpAgent = guardConnections(new HttpAgent({ keepAlive: true, maxFreeSockets: 1024 }), addresses);
  const waiting = new Map<AgentId, WantsInput>();
  const sending = new Set<AgentId>();

  function sendNext(id: AgentId): void {
    const wants = waiting.get(id);
    const address = addressOf(id);
    waiting.delete(id);
    if (wants === undefined || address === undefined) return;
    sending.add(id);
    putWants(address, tokenOf(id), wants, httpAgent, () => {
      sending.delete(id);
      sendNext(id);
    });
  }

  return {
    send(id: AgentId, wants: WantsInput): void {
      waiting.set(id, wants);
      if (!sending.has(id)) sendNext(id);
    },
    stop(): void {
      waiting.clear();
      httpAgent.destroy();
    },
  };
}

function putWants(address: string, token: string, wants: WantsInput, agent: HttpAgent, onSettled: () => void): void {
  const body = JSON.stringify(wants);
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const outgoing = request(`${address}/agent/wants`, { agent, method: 'PUT', headers, timeout: TIMEOUT_MS });
  outgoing.on('timeout', () => outgoing.destroy());
  outgoing.on('response', (response) => response.resume().on('error', () => {}));
  outgoing.on('error', () => {});
  outgoing.on('close', onSettled);
  outgoing.end(body);
}
