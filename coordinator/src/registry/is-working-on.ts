import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentRecord } from './fleet-snapshot.js';

/** Whether the agent is heard, its Ollama answers, and it reports requests of this replica in flight on that runner. Pure. */
export function isWorkingOn(agent: AgentRecord | undefined, replicaId: string, signature: RunnerSignature): boolean {
  if (agent?.state === 'ollama_down' || !(agent?.status === 'online' || agent?.status === 'draining')) return false;
  const isOurs = (agent.inFlightByReplica[replicaId] ?? 0) > 0;
  return isOurs && agent.runners.some((runner) => runner.signature === signature && runner.in_flight > 0);
}
