import type { TraceSpan } from '@ollama-coordinator/common';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';

/** The span of one attempt on one agent. */
export interface AttemptTrace {
  /** What the agent is sent of it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Does the same, and marks the moment. */
  marking(onFirstByte: () => void): () => void;
  end(result: AttemptResult): void;
}

export function traceAttempt(request: TraceSpan, path: string, { id, name }: AgentRecord, attempt: number): AttemptTrace {
  const span = request.child('attempt', 'calls', {
    'http.request.method': 'POST',
    'url.path': path,
    'ollama_coordinator.agent': name,
    'ollama_coordinator.agent_id': id,
    'ollama_coordinator.attempt': attempt,
  });
  return {
    headers: span.headers,
    marking: (onFirstByte) => () => {
      span.event('first byte');
      onFirstByte();
    },
    end: (result) => span.end({ 'ollama_coordinator.result': result.kind, ...figuresOf(result) }, errorOf(result)),
  };
}

function figuresOf(result: AttemptResult) {
  if (!('figures' in result)) return {};
  const { promptTokens, outputTokens, loadMs } = result.figures;
  return {
    'http.response.status_code': result.head.status,
    'gen_ai.usage.input_tokens': promptTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'ollama_coordinator.load_ms': loadMs,
  };
}

/** A full gate is no error, and a client that leaves is not the agent's. */
function errorOf(result: AttemptResult): string | undefined {
  if (result.kind === 'failed') return result.error.code;
  return result.kind === 'broken' ? 'STREAM_BROKEN' : undefined;
}
