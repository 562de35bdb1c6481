import type { IncomingHttpHeaders } from 'node:http';
import type { Request, TraceSpan, Tracing } from '@ollama-coordinator/common';
import type { InferenceRoute } from '../http/routes.js';

/** The span of a request, within the caller's trace where it sent one (`traceparent`). */
export function traceRequest(tracing: Tracing, { method, path, operation }: InferenceRoute, headers: IncomingHttpHeaders): TraceSpan {
  return tracing.serve(`${method} ${path}`, headers, {
    'http.request.method': method,
    'http.route': path,
    'gen_ai.operation.name': operation,
  });
}

/** Ends it with what became of the request. Prompts and answers are no part of a trace. */
export function endTrace(trace: TraceSpan, request: Request): void {
  const { status, error_code: error } = request;
  const failed = status === 'failed' || status === 'rejected';
  const attributes = {
    'http.response.status_code': request.http_status,
    'gen_ai.request.model': request.model,
    'gen_ai.usage.input_tokens': request.prompt_tokens,
    'gen_ai.usage.output_tokens': request.output_tokens,
    'ollama_coordinator.request_id': request.id,
    'ollama_coordinator.status': status,
    'ollama_coordinator.caller': request.caller,
    'ollama_coordinator.agent': request.agent_name,
    'ollama_coordinator.why': request.why,
    'ollama_coordinator.attempts': request.attempts,
    'ollama_coordinator.queue_ms': request.queue_ms,
  };
  trace.end(attributes, failed ? (error ?? status) : undefined);
}
