import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** Whether an agent may get requests: yes, only when no other can serve, or no. */
export type Standing = 'available' | 'suspect' | 'away';

export function standingOf(record: AgentRecord): Standing {
  if (absenceOf(record) !== undefined) return 'away';
  return record.status === 'suspect' ? 'suspect' : 'available';
}

/** Why an agent gets no requests, in words; undefined when it may get some. */
export function absenceOf(record: AgentRecord): string | undefined {
  if (record.status !== 'online' && record.status !== 'suspect') return record.status;
  if (record.state === 'ollama_down') return 'Ollama down';
  if (record.state === 'paused') return record.pause?.text ?? 'paused';
  if (record.state === 'draining') return record.state;
  return record.weight > 0 ? undefined : 'weight 0';
}
