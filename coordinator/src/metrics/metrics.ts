import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createRequestMetrics } from './request-metrics.js';

const PREFIX = 'ollama_coordinator_';

/** Everything that `/metrics` shows, in base units (seconds, bytes, ratios). */
export function createMetrics() {
  const registry = new Registry();
  const named = (name: string, help: string) => ({ name: PREFIX + name, help, registers: [registry] });
  collectDefaultMetrics({ register: registry, prefix: PREFIX, eventLoopMonitoringPrecision: 100 });
  return {
    registry,
    ofRequests: createRequestMetrics(registry, PREFIX),
    handovers: new Counter({
      ...named('handovers_total', 'Streams whose agent went away, by what became of them'),
      labelNames: ['result'] as const,
    }),
    ejections: new Counter({
      ...named('ejections_total', 'Times that an agent, or one model on it, was kept out of the choice because it failed'),
      labelNames: ['agent', 'scope'] as const,
    }),
    reloadsAvoided: new Counter({
      ...named('reloads_avoided_total', 'Requests that were kept from having their model loaded again with other options'),
      labelNames: ['model'] as const,
    }),
    evictions: new Counter({
      ...named('model_evictions_total', 'Models that an agent took out of memory; each replica counts all of them'),
      labelNames: ['agent', 'model'] as const,
    }),
    slots: new Gauge({ ...named('agent_slots', 'Requests that the agent answers at once'), labelNames: ['agent'] as const }),
    agentInFlight: new Gauge({
      ...named('agent_in_flight_requests', 'Requests in flight on the agent, of all replicas'),
      labelNames: ['agent'] as const,
    }),
    historyDropped: new Gauge(named('history_dropped_records', 'Records that found no place while Redis was away, since the start')),
    waiting: new Gauge(named('waiting_requests', 'Requests that wait for a slot')),
    bodies: new Gauge(named('request_body_bytes', 'Memory held by the bodies of requests that wait or are being answered')),
    running: new Gauge(named('in_flight_requests', 'Requests in flight on agents, of this replica')),
    agents: new Gauge({ ...named('agents', 'Registered agents, by status'), labelNames: ['status'] as const }),
    redisUp: new Gauge(named('redis_up', '1 while Redis answers')),
    droppedHeartbeats: new Counter({
      ...named('dropped_heartbeats_total', "Entries of agents' own streams that were not taken, by reason"),
      labelNames: ['reason'] as const,
    }),
    balancerFaults: new Gauge({
      ...named('balancer_faults', 'Decisions that a balancer plugin failed to make since the start'),
      labelNames: ['balancer', 'fault'] as const,
    }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
