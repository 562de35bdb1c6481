import type { RunnerReport } from '@ollama-coordinator/common';
import type { Dashboard } from '#coordinator/dashboard/create-dashboard.js';
import { anAgent, aRequest, modelsOnDisk, type ScriptedFleet } from './scripted-fleet.js';

/** A fleet in which every part of the dashboard has something to show. */
export function fillFleet(fleet: ScriptedFleet, { requestChanged }: Pick<Dashboard, 'requestChanged'>): void {
  const seen = (ageMs: number) => ({ lastSeenAtMs: Date.now() - ageMs });
  fleet.put(
    anAgent({
      id: 'attic',
      name: 'attic-4090',
      ...seen(800),
      labels: { gpu: '4090', room: 'attic' },
      metrics: {
        cpu: 0.31,
        memory: 0.62,
        memory_bytes: 64e9,
        memory_used_bytes: 40e9,
        gpus: [{ name: 'NVIDIA GeForce RTX 4090', load: 0.97, vram_bytes: 24e9, vram_used_bytes: 19.4e9, temperature_c: 71 }],
      },
      models: modelsOnDisk('llama3.2:3b', 'qwen3:8b', 'nomic-embed-text:latest', 'gemma3:12b'),
      runners: [aRunner('llama3.2:3b', 4, 3), aRunner('nomic-embed-text:latest', 1, 0)],
      inFlightByReplica: { 'replica-1': 2, 'replica-2': 1 },
    }),
    anAgent({
      id: 'studio',
      name: 'mac-studio',
      address: 'http://mac-studio.local:11435',
      ...seen(2100),
      metrics: { cpu: 0.12, memory: 0.81, memory_bytes: 192e9, gpus: [] },
      models: modelsOnDisk('llama3.3:70b', 'qwen3:8b'),
      runners: [{ ...aRunner('llama3.3:70b', 2, 0), state: 'loading' }],
    }),
    anAgent({
      id: 'fresh',
      name: 'laptop-of-kim',
      ...seen(0),
      status: 'joining',
      state: undefined,
      metrics: { gpus: [] },
      ollamaVersion: '',
      slots: 1,
    }),
    anAgent({ id: 'rack', name: 'rack-2', ...seen(3600), status: 'suspect', models: modelsOnDisk('qwen3:8b') }),
    anAgent({
      id: 'leaving',
      name: 'rack-3',
      ...seen(1200),
      status: 'draining',
      state: 'draining',
      models: modelsOnDisk('qwen3:8b'),
      runners: [aRunner('qwen3:8b', 32, 11)],
      inFlightByReplica: { 'replica-1': 9 },
    }),
    anAgent({ id: 'broken', name: 'rack-4', ...seen(1500), state: 'ollama_down' }),
    anAgent({ id: 'gone', name: 'old-pc', ...seen(3_840_000), status: 'offline', models: modelsOnDisk('llama3.2:3b') }),
  );
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  const on = { agent_id: 'attic', agent_name: 'attic-4090' };
  for (const request of [
    aRequest({
      id: 'q1',
      received_at: ago(64_000),
      ...on,
      why: 'model loaded, free slot',
      queue_ms: 0,
      first_byte_ms: 182,
      total_ms: 3120,
      prompt_tokens: 26,
      output_tokens: 298,
    }),
    aRequest({
      id: 'q2',
      received_at: ago(48_000),
      status: 'failed',
      http_status: 502,
      error_code: 'AGENT_UNREACHABLE',
      attempts: 3,
      total_ms: 4100,
      agent_name: 'old-pc',
    }),
    aRequest({
      id: 'q3',
      received_at: ago(31_000),
      status: 'cancelled',
      ...on,
      why: 'model loaded, free slot',
      first_byte_ms: 240,
      total_ms: 900,
      output_tokens: 12,
    }),
    aRequest({
      id: 'q4',
      received_at: ago(22_000),
      ...on,
      why: 'its next slot',
      queue_ms: 1800,
      first_byte_ms: 2100,
      total_ms: 4600,
      prompt_tokens: 512,
      output_tokens: 190,
      model: 'qwen3:8b',
    }),
    aRequest({
      id: 'q5',
      received_at: ago(15_000),
      status: 'rejected',
      http_status: 503,
      error_code: 'QUEUE_FULL',
      total_ms: 2,
      model: 'llama3.3:70b',
    }),
    aRequest({
      id: 'q6',
      received_at: ago(9000),
      status: 'running',
      ...on,
      why: 'expected to finish first',
      first_byte_ms: 310,
      total_ms: 0,
      prompt_tokens: 96,
    }),
    aRequest({ id: 'q7', received_at: ago(1500), status: 'queued', model: 'llama3.3:70b', total_ms: 0 }),
  ])
    requestChanged(request);
  fleet.tell({ type: 'registered', agent_id: 'attic', agent_name: 'attic-4090', at: ago(70_000) });
  fleet.tell({ type: 'online', agent_id: 'attic', agent_name: 'attic-4090', at: ago(69_000) });
  fleet.tell({ type: 'model_loaded', agent_name: 'attic-4090', model: 'llama3.2:3b', at: ago(60_000) });
  fleet.tell({ type: 'offline', agent_name: 'old-pc', detail: 'not heard for 15 s', at: ago(50_000) });
  fleet.tell({ type: 'draining', agent_name: 'rack-3', at: ago(20_000) });
  fleet.tell({ type: 'suspect', agent_name: 'rack-2', at: ago(3000) });
}

export function aRunner(model: string, slots: number, inFlight: number): RunnerReport {
  return {
    model,
    signature: model,
    digest: '',
    state: 'ready',
    slots,
    in_flight: inFlight,
    size_bytes: 4e9,
    vram_bytes: 4e9,
    context_length: 8192,
  };
}
