import { normalizeModelName } from '@ollama-coordinator/common';
import type { AgentId, RequestFacts } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetDiff, FleetSnapshot, FleetView } from '../../../../coordinator/dist/registry/fleet-snapshot.js';

export const MODEL = 'llama3:latest';

/** An online agent, idle, with one model and one slot. */
export function agentRecord(id: AgentId, changes: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id,
    name: `name of ${id}`,
    machineName: id,
    address: 'http://127.0.0.1:1',
    transport: 'direct',
    incarnation: 1,
    protocolVersion: 1,
    ollamaVersion: '0.11.4',
    labels: {},
    tier: 0,
    weight: 1,
    slots: 1,
    heartbeatMs: 5000,
    registeredAtMs: 0,
    status: 'online',
    state: 'ready',
    lastSeenAtMs: 0,
    metrics: { gpus: [] },
    models: modelsOf(MODEL),
    runners: [],
    maxRunners: undefined,
    inFlightByReplica: {},
    ...changes,
  };
}

export function modelsOf(...names: string[]): AgentRecord['models'] {
  return new Map(names.map((name) => [normalizeModelName(name), { name, digest: 'd', size_bytes: 4e9, modified_at: '' }]));
}

export function runnerReport(signature: string, changes: Partial<AgentRecord['runners'][number]> = {}): AgentRecord['runners'][number] {
  const model = signature.split(';')[0] ?? signature;
  return { model, signature, digest: 'd', state: 'ready', slots: 1, in_flight: 0, size_bytes: 4e9, vram_bytes: 0, ...changes };
}

export interface FakeFleet extends FleetView {
  /** Adds or replaces agents. */
  put(...records: AgentRecord[]): void;
  remove(...agents: AgentId[]): void;
  listeners(): number;
}

/** The registry's reading side over records that a test puts there. */
export function createFakeFleet(...records: AgentRecord[]): FakeFleet {
  const listeners = new Set<(snapshot: FleetSnapshot, diff: FleetDiff) => void>();
  let current = snapshotOf(1, new Map());
  const change = (agents: ReadonlyMap<AgentId, AgentRecord>, diff: FleetDiff) => {
    current = snapshotOf(current.version + 1, agents);
    for (const listener of listeners) listener(current, diff);
  };
  const fleet: FakeFleet = {
    snapshot: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onEvent: () => () => undefined,
    put(...changed) {
      change(new Map([...current.agents, ...changed.map((record) => [record.id, record] as const)]), { changed, removed: [] });
    },
    remove(...removed) {
      change(new Map([...current.agents].filter(([id]) => !removed.includes(id))), { changed: [], removed });
    },
    listeners: () => listeners.size,
  };
  fleet.put(...records);
  return fleet;
}

function snapshotOf(version: number, agents: ReadonlyMap<AgentId, AgentRecord>): FleetSnapshot {
  const agentsByModel = new Map<string, AgentRecord[]>();
  for (const record of agents.values()) {
    for (const model of record.models.keys()) agentsByModel.set(model, [...(agentsByModel.get(model) ?? []), record]);
  }
  return { version, agents, agentsByModel };
}

let requests = 0;

export function requestFacts(changes: Partial<RequestFacts> = {}): RequestFacts {
  requests += 1;
  const guess = { mean: 100, p90: 200, from: 'prior' } as const;
  return {
    id: `request-${requests}`,
    attempt: 1,
    model: MODEL,
    signature: MODEL,
    operation: 'chat',
    caller: 'tester',
    priority: 'interactive',
    bodyBytes: 100,
    promptTokens: guess,
    outputTokens: guess,
    prefix: [],
    ...changes,
  };
}
