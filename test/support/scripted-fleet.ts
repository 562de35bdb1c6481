import type { FleetEvent, ModelReport, Request } from '@ollama-coordinator/common';
import type { AgentRecord, FleetDiff, FleetSnapshot, FleetView } from '#coordinator/registry/fleet-snapshot.js';

/** A fleet that does what a test says. */
export interface ScriptedFleet extends FleetView {
  /** Adds agents, or puts other records in their places. */
  put(...records: AgentRecord[]): void;
  remove(...ids: string[]): void;
  tell(event: Partial<FleetEvent> & Pick<FleetEvent, 'type'>): void;
  listeners(): number;
}

export function createScriptedFleet(...initial: AgentRecord[]): ScriptedFleet {
  const onChange = new Set<(snapshot: FleetSnapshot, diff: FleetDiff) => void>();
  const onEvent = new Set<(event: FleetEvent) => void>();
  let snapshot = snapshotOf(1, new Map(initial.map((record) => [record.id, record])));
  let events = 0;

  const become = (agents: ReadonlyMap<string, AgentRecord>, diff: FleetDiff) => {
    snapshot = snapshotOf(snapshot.version + 1, agents);
    for (const listener of onChange) listener(snapshot, diff);
  };
  return {
    snapshot: () => snapshot,
    onChange(listener) {
      onChange.add(listener);
      return () => onChange.delete(listener);
    },
    onEvent(listener) {
      onEvent.add(listener);
      return () => onEvent.delete(listener);
    },
    put(...records) {
      const agents = new Map(snapshot.agents);
      for (const record of records) agents.set(record.id, record);
      become(agents, { changed: records, removed: [] });
    },
    remove(...ids) {
      const agents = new Map([...snapshot.agents].filter(([id]) => !ids.includes(id)));
      become(agents, { changed: [], removed: ids });
    },
    tell(event) {
      events += 1;
      const told = { id: `${events}-0`, at: new Date().toISOString(), ...event };
      for (const listener of onEvent) listener(told);
    },
    listeners: () => onChange.size + onEvent.size,
  };
}

function snapshotOf(version: number, agents: ReadonlyMap<string, AgentRecord>): FleetSnapshot {
  const agentsByModel = new Map<string, AgentRecord[]>();
  for (const record of agents.values()) {
    for (const model of record.models.keys()) {
      const holders = agentsByModel.get(model) ?? [];
      holders.push(record);
      agentsByModel.set(model, holders);
    }
  }
  return { version, agents, agentsByModel };
}

export function anAgent(over: Partial<AgentRecord> & { id: string }): AgentRecord {
  return {
    name: over.id,
    machineName: over.id,
    address: 'http://10.0.0.7:11435',
    transport: 'direct',
    incarnation: 1,
    protocolVersion: 1,
    ollamaVersion: '0.32.15',
    labels: {},
    tier: 0,
    weight: 1,
    slots: 4,
    heartbeatMs: 5000,
    registeredAtMs: Date.UTC(2026, 0, 1),
    status: 'online',
    state: 'ready',
    lastSeenAtMs: Date.UTC(2026, 0, 1),
    metrics: { cpu: 0.2, memory: 0.4, memory_bytes: 64e9, memory_used_bytes: 25.6e9, gpus: [] },
    models: new Map(),
    runners: [],
    maxRunners: undefined,
    maxRunnerBytes: undefined,
    kept: undefined,
    inFlightByReplica: {},
    ...over,
  };
}

export function modelsOnDisk(...names: string[]): ReadonlyMap<string, ModelReport> {
  return new Map(names.map((name) => [name, { name, digest: `sha256:${name}`, size_bytes: 4e9, modified_at: '' }]));
}

export function aRequest(over: Partial<Request> & { id: string }): Request {
  return {
    status: 'completed',
    received_at: new Date(Date.UTC(2026, 0, 1)).toISOString(),
    path: '/api/chat',
    api: 'ollama',
    operation: 'chat',
    model: 'llama3.2:3b',
    caller: 'local',
    stream: true,
    replica: 'replica-1',
    attempts: 1,
    queue_ms: 0,
    total_ms: 1200,
    http_status: 200,
    ...over,
  };
}
