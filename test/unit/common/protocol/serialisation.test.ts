import {
  type Agent,
  agentSchema,
  type DashboardMessage,
  dashboardMessageSchema,
  type HealthCheckRequest,
  healthCheckRequestSchema,
  healthCheckResponseSchema,
  type RegisterResponse,
  type Request,
  registerResponseSchema,
  requestSchema,
  requestStatusSchema,
} from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { z } from 'zod';

const heartbeat: HealthCheckRequest = {
  protocol_version: 1,
  agent_id: 'desk-11434',
  incarnation: 1_767_225_600_000,
  sequence: 7,
  state: 'ready',
  in_flight: { 'replica-a': 2, 'replica-b': 0 },
  runners: [
    {
      model: 'llama3:latest',
      signature: 'llama3:latest;num_ctx=8192',
      digest: 'sha256:0a',
      state: 'ready',
      slots: 4,
      in_flight: 2,
      size_bytes: 5_000_000_000,
      vram_bytes: 5_000_000_000,
      context_length: 8192,
    },
  ],
  models_digest: 'm1',
  models: [
    {
      name: 'llama3:latest',
      digest: 'sha256:0a',
      size_bytes: 4_661_224_676,
      modified_at: '2026-01-02T03:04:05Z',
      details: { family: 'llama' },
    },
  ],
  max_runners: 3,
  max_runner_bytes: 24_000_000_000,
  metrics: {
    cpu: 0.125,
    memory: 0.5,
    memory_bytes: 64_000_000_000,
    memory_used_bytes: 32_000_000_000,
    disk_free_bytes: 1,
    gpus: [{ name: 'RTX 4090', load: 1, vram_bytes: 24_000_000_000, vram_used_bytes: 0, temperature_c: -5 }],
  },
  ollama: { version: '0.11.4', up: true },
};

const agent: Agent = {
  id: 'desk-11434',
  name: 'Schreibtisch 机',
  machine_name: 'desk',
  address: 'http://10.0.0.7:11435',
  status: 'online',
  state: 'ready',
  transport: 'direct',
  ollama_version: '0.11.4',
  ollama_up: true,
  protocol_version: 1,
  incarnation: 1,
  labels: { gpu: '4090' },
  tier: 0,
  weight: 1,
  slots: 4,
  in_flight: 2,
  foreign: 1,
  models: heartbeat.models ?? [],
  runners: heartbeat.runners,
  max_runner_bytes: 24_000_000_000,
  metrics: heartbeat.metrics,
  heartbeat_ms: 5000,
  registered_at: '2026-01-02T03:04:05.678Z',
  last_seen_at: '2026-01-02T03:04:05.678Z',
};

const request: Request = {
  id: 'r1',
  status: 'completed',
  received_at: '2026-01-02T03:04:05.678Z',
  path: '/api/chat',
  api: 'ollama',
  operation: 'chat',
  model: 'llama3:latest',
  signature: 'llama3:latest;num_ctx=8192',
  caller: 'open',
  session: 'chat 7',
  stream: true,
  replica: 'replica-a',
  agent_id: 'desk-11434',
  agent_name: 'desk',
  why: 'fewest in flight',
  attempts: 1,
  queue_ms: 0,
  first_byte_ms: 12.5,
  total_ms: 100.25,
  load_ms: 0,
  prompt_tokens: 3,
  output_tokens: 5,
  http_status: 200,
};

const registered: RegisterResponse = {
  protocol_version: 1,
  agent_id: 'desk-11434',
  status: 'updated',
  token: 't',
  coordinator_key: 'k',
  heartbeat_ms: 5000,
  ttl_ms: 15_000,
  transport: 'direct',
  waiting: false,
  shares_ollama_with: ['kitchen'],
};

const snapshot: DashboardMessage = {
  type: 'snapshot',
  version: 3,
  at: '2026-01-02T03:04:05.678Z',
  replica: 'replica-a',
  coordinator_version: '0.1.0',
  redis: 'up',
  agents: [agent],
  requests: [request],
  events: [{ id: '1-0', at: '2026-01-02T03:04:05.678Z', type: 'registered', agent_id: 'desk-11434', agent_name: 'desk' }],
};

describe('types over JSON', () => {
  const table: readonly [string, z.ZodType, unknown][] = [
    ['HealthCheckRequest', healthCheckRequestSchema, heartbeat],
    ['HealthCheckResponse', healthCheckResponseSchema, { status: 'ok', send_models: true, draining: false, waiting: false }],
    ['RegisterResponse', registerResponseSchema, registered],
    ['Agent', agentSchema, agent],
    ['Request', requestSchema, request],
    ['DashboardMessage, snapshot', dashboardMessageSchema, snapshot],
    [
      'DashboardMessage, change',
      dashboardMessageSchema,
      { type: 'change', version: 4, at: '2026-01-02T03:04:05.678Z', removed_agents: ['desk-11434'] },
    ],
  ];
  for (const [name, schema, value] of table) {
    it(`${name} comes back as it was`, () => expect(schema.parse(JSON.parse(JSON.stringify(value)))).to.deep.equal(value));
    it(`${name} is snake_case on the wire`, () => {
      const fields = [...JSON.stringify(value).matchAll(/"([A-Za-z_]+)":/g)].map(([, field = '']) => field);
      expect(fields.filter((field) => /[A-Z]/.test(field))).to.deep.equal([]);
    });
  }

  it('leaves out what is not known: no null, no zero', () => {
    const { ollama_up: _up, state: _state, last_seen_at: _seen, ...joining } = { ...agent, status: 'joining' as const };
    expect(agentSchema.parse(JSON.parse(JSON.stringify(joining)))).to.not.have.any.keys('ollama_up', 'state', 'last_seen_at');
  });

  it('has a status for a request that waits, runs, and for each way to end', () => {
    expect(requestStatusSchema.options).to.deep.equal(['queued', 'running', 'completed', 'failed', 'cancelled', 'rejected']);
  });
});
