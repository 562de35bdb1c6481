import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'ollama_coordinator_';
const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Everything that `/metrics` shows, in base units (seconds, bytes, ratios). */
export function createMetrics() {
  const registry = new Registry();
  const named = (name: string, help: string) => ({ name: PREFIX + name, help, registers: [registry] });
  collectDefaultMetrics({ register: registry, prefix: PREFIX, eventLoopMonitoringPrecision: 100 });
  return {
    registry,
    requests: new Counter({ ...named('requests_total', 'Requests that ended, by how'), labelNames: ['agent', 'model', 'status'] as const }),
    attempts: new Counter({
      ...named('attempts_total', 'Attempts on agents, by how each ended'),
      labelNames: ['agent', 'result'] as const,
    }),
    handovers: new Counter({
      ...named('handovers_total', 'Streams whose agent went away, by what became of them'),
      labelNames: ['result'] as const,
    }),
    ejections: new Counter({
      ...named('ejections_total', 'Times that an agent, or one model on it, was kept out of the choice because it failed'),
      labelNames: ['agent', 'scope'] as const,
    }),
    durationS: new Histogram({
      ...named('request_duration_seconds', 'From arrival to the last byte'),
      labelNames: ['agent', 'model'] as const,
      buckets: SECONDS,
    }),
    firstByteS: new Histogram({
      ...named('first_byte_seconds', 'From arrival to the first byte'),
      labelNames: ['agent', 'model'] as const,
      buckets: SECONDS,
    }),
    queueS: new Histogram({ ...named('queue_seconds', 'Time spent waiting for a slot'), labelNames: ['model'] as const, buckets: SECONDS }),
    loadS: new Histogram({
      ...named('model_load_seconds', 'Model loads that a request waited for'),
      labelNames: ['agent', 'model'] as const,
      buckets: SECONDS,
    }),
    promptTokens: new Counter({ ...named('prompt_tokens_total', 'Prompt tokens read'), labelNames: ['agent', 'model'] as const }),
    outputTokens: new Counter({ ...named('output_tokens_total', 'Tokens generated'), labelNames: ['agent', 'model'] as const }),
    waiting: new Gauge(named('waiting_requests', 'Requests that wait for a slot')),
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
