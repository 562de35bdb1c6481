import { type HealthCheckRequest, healthCheckRequestSchema, type RegisterRequest, registerRequestSchema } from '@ollama-coordinator/common';
import type { z } from 'zod';

/** A registration as an agent sends it, with what a test does not care about filled in. */
export function buildRegistration(fields: Partial<z.input<typeof registerRequestSchema>> = {}): RegisterRequest {
  return registerRequestSchema.parse({
    agent_id: 'alpha',
    incarnation: 1,
    machine_name: 'alpha-machine',
    ip_address: '127.0.0.1',
    port: 11435,
    heartbeat_ms: 100,
    ...fields,
  });
}

/** A heartbeat of that agent. */
export function buildHeartbeat(fields: Partial<z.input<typeof healthCheckRequestSchema>> = {}): HealthCheckRequest {
  return healthCheckRequestSchema.parse({
    agent_id: 'alpha',
    incarnation: 1,
    sequence: 1,
    models_digest: 'digest-1',
    models: [{ name: 'tiny' }],
    metrics: { cpu: 0.25, memory: 0.5, gpus: [] },
    ...fields,
  });
}
