import { Agent as HttpAgent, request } from 'node:http';
import { describeCause, type KeptModel } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { guardConnections } from '../reach/guard-connections.js';
import type { Reach } from '../reach/reach.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';

const WITHIN_MS = 3000;

/** Tells an agent what to keep in memory. Resolves with nothing, or with what went wrong; what an agent does not report is told again. */
export type PutKept = (agent: AgentRecord, kept: readonly KeptModel[]) => Promise<string | undefined>;

export function createPutKept(agentToken: (id: AgentId, incarnation: number) => string, addresses?: Reach): PutKept & { close(): void } {
  const httpAgent = guardConnections(new HttpAgent({ keepAlive: true }), addresses);
  const put: PutKept = (agent, kept) => {
    const body = JSON.stringify({ kept });
    const headers = {
      authorization: `Bearer ${agentToken(agent.id, agent.incarnation)}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    return new Promise((resolve) => {
      const outgoing = request(`${agent.address}/agent/kept`, { method: 'PUT', agent: httpAgent, headers, timeout: WITHIN_MS });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${WITHIN_MS} ms`)));
      outgoing.on('error', (error) => resolve(describeCause(error)));
      outgoing.on('response', (response) => {
        response.resume();
        resolve(response.statusCode === 204 ? undefined : `it answered ${response.statusCode}`);
      });
      outgoing.end(body);
    });
  };
  return Object.assign(put, { close: () => httpAgent.destroy() });
}
