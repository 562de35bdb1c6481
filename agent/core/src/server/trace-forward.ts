import type { IncomingMessage, ServerResponse } from 'node:http';
import { FORWARD_HEADERS, type TraceSpan, type Tracing } from '@ollama-coordinator/common';

/**
 * The agent's part of a trace: a span from the arrival to the end of the answer, whoever ends it. Undefined where the coordinator
 * traces nothing; an agent begins no trace of its own.
 */
export function traceForward(tracing: Tracing, req: IncomingMessage, res: ServerResponse, path: string): TraceSpan | undefined {
  if (req.headers.traceparent === undefined) return undefined;
  const span = tracing.serve(`agent ${path}`, req.headers, { 'http.request.method': req.method, 'url.path': path });
  res.once('close', () => {
    const error = res.getHeader(FORWARD_HEADERS.error);
    const isBusy = res.hasHeader(FORWARD_HEADERS.busy);
    const attributes = { 'http.response.status_code': res.statusCode, 'ollama_coordinator.busy': isBusy };
    span.end(attributes, error === undefined || isBusy ? undefined : String(error));
  });
  return span;
}

/** The span of the request to Ollama, which begins when it is let through. */
export function traceOllama(span: TraceSpan, path: string): TraceSpan {
  return span.child(`ollama ${path}`, 'calls', { 'http.request.method': 'POST', 'url.path': path });
}
