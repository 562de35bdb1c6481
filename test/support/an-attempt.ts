import type { Attempt } from '@ollama-coordinator/common';

/** A streamed chat of 400 prompt and 200 output tokens, alone on a loaded runner: 2,000 and 50 tokens a second. */
export function anAttempt(over: Partial<Attempt> = {}): Attempt {
  return {
    request_id: 'r1',
    attempt: 1,
    at: new Date(Date.UTC(2026, 0, 1)).toISOString(),
    replica: 'replica-1',
    agent_id: 'desk',
    agent_name: 'Desk',
    model: 'llama3:latest',
    digest: 'sha256:0a',
    signature: 'llama3:latest',
    operation: 'chat',
    caller: 'tester',
    stream: true,
    outcome: 'completed',
    body_bytes: 1600,
    runner: 'ready',
    in_flight: 0,
    in_flight_after: 0,
    warm_tokens: 0,
    model_bytes: 4e9,
    vram_bytes: 8e9,
    prompt_tokens: 400,
    output_tokens: 200,
    load_ms: 20,
    prefill_ms: 200,
    decode_ms: 4000,
    first_byte_ms: 230,
    total_ms: 4230,
    chunks: 200,
    ...over,
  };
}
