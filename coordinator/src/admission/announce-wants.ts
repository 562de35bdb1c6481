import type { Wants } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { priorityRank, type Waiter } from './slot-request.js';

/**
 * Tells agents which requests of this replica wait for their next slot, so that a freed slot goes to the replica whose
 * request is next. An agent that was told of a want and is not wanted any more is told so once.
 */
export function createAnnounceWants(
  sendWants: (agentId: AgentId, wants: Wants) => void,
): (wants: ReadonlyMap<AgentId, readonly Waiter[]>) => void {
  let told = new Map<AgentId, string>();
  return (wants) => {
    const telling = new Map<AgentId, string>();
    for (const [agentId, waiters] of wants) {
      const body: Wants = { wants: waiters.map(toWant) };
      const text = JSON.stringify(body);
      telling.set(agentId, text);
      if (told.get(agentId) !== text) sendWants(agentId, body);
    }
    for (const agentId of told.keys()) if (!telling.has(agentId)) sendWants(agentId, { wants: [] });
    told = telling;
  };
}

function toWant({ request }: Waiter): Wants['wants'][number] {
  return { signature: request.signature, priority: priorityRank(request.priority), virtual_time: request.receivedAtMs, waiting: 1 };
}
