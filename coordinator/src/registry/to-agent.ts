import type { Agent } from '@ollama-coordinator/common';
import type { AgentRecord } from './fleet-snapshot.js';
import { foreignRequests } from './foreign-requests.js';
import { totalInFlight } from './total-in-flight.js';

/** The record as `GET /api/agents` and the dashboard show it. What is not known is absent. Pure. */
export function toAgent(record: AgentRecord): Agent {
  return {
    id: record.id,
    name: record.name,
    machine_name: record.machineName,
    address: record.certificate === undefined ? record.address : record.address.replace('http:', 'https:'),
    status: record.status,
    ...(record.admission === undefined ? {} : { admission: record.admission }),
    ...(record.state === undefined ? {} : { state: record.state, ollama_up: record.state !== 'ollama_down' }),
    ...(record.pause === undefined ? {} : { pause: record.pause }),
    ...(record.ollamaSetup === undefined ? {} : { ollama_setup: record.ollamaSetup }),
    transport: record.transport,
    ollama_version: record.ollamaVersion,
    ...(record.ollamaId === undefined ? {} : { ollama_id: record.ollamaId }),
    protocol_version: record.protocolVersion,
    incarnation: record.incarnation,
    labels: { ...record.labels },
    tier: record.tier,
    weight: record.weight,
    slots: record.slots,
    in_flight: totalInFlight(record),
    foreign: foreignRequests(record),
    models: [...record.models.values()],
    runners: [...record.runners],
    ...(record.maxRunnerBytes === undefined ? {} : { max_runner_bytes: record.maxRunnerBytes }),
    ...(record.kept === undefined ? {} : { kept: [...record.kept] }),
    metrics: record.metrics,
    heartbeat_ms: record.heartbeatMs,
    registered_at: new Date(record.registeredAtMs).toISOString(),
    ...(record.lastSeenAtMs === undefined ? {} : { last_seen_at: new Date(record.lastSeenAtMs).toISOString() }),
  };
}
