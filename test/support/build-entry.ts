import { type AgentEntry, type Heard, withHeartbeat, withRegistration } from '#coordinator/registry/agent-entry.js';
import { buildHeartbeat } from './build-agent.js';

/** A moment `ms` after the start, by both clocks. */
export const heardAt = (ms: number): Heard => ({ monotonicMs: ms, wallMs: Date.UTC(2026, 0, 1) + ms });

/** An agent that has registered at 0 and not been heard yet. */
export function joiningEntry(id = 'alpha', fields: Partial<AgentEntry> = {}): AgentEntry {
  const registration = {
    machineName: `${id}-machine`,
    address: 'http://10.0.0.7:11435',
    transport: 'direct',
    protocolVersion: 1,
    ollamaVersion: '0.11.4',
    heartbeatMs: 5000,
    slots: 2,
    labels: { room: 'lab' },
  } as const;
  return { ...withRegistration(undefined, { id, incarnation: 1, registration }, heardAt(0)), ...fields };
}

/** The same after one heartbeat at 1000. */
export function onlineEntry(id = 'alpha', fields: Partial<AgentEntry> = {}): AgentEntry {
  return { ...withHeartbeat(joiningEntry(id), buildHeartbeat({ agent_id: id }), heardAt(1000), true), ...fields };
}
