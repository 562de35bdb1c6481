import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { SpanAttributes, TraceSpan, Tracing } from './tracing.js';

type Headers = Parameters<Tracing['serve']>[1];

const W3C = new W3CTraceContextPropagator();
const FROM_HEADERS: TextMapGetter<Headers> = { get: (headers, name) => headers[name], keys: (headers) => Object.keys(headers) };
const INTO_HEADERS = {
  set(headers: Record<string, string>, name: string, value: string) {
    headers[name] = value;
  },
};

/** Traces by a tracer of OpenTelemetry's. Imported only where traces are switched on. */
export function createTracing(tracer: Tracer, stop: () => Promise<void>): Tracing {
  const open = (name: string, kind: SpanKind, parent: Context, attributes: SpanAttributes): TraceSpan => {
    const span = tracer.startSpan(name, { kind, attributes: { ...attributes } }, parent);
    const context = trace.setSpan(parent, span);
    return {
      get headers() {
        const headers = {};
        W3C.inject(context, headers, INTO_HEADERS);
        return headers;
      },
      child: (childName, kindOfChild = 'within', childAttributes = {}) =>
        open(childName, kindOfChild === 'calls' ? SpanKind.CLIENT : SpanKind.INTERNAL, context, childAttributes),
      event: (eventName) => {
        span.addEvent(eventName);
      },
      end: (endAttributes = {}, error) => endSpan(span, endAttributes, error),
    };
  };
  return {
    serve: (name, headers, attributes = {}) => open(name, SpanKind.SERVER, W3C.extract(ROOT_CONTEXT, headers, FROM_HEADERS), attributes),
    stop,
  };
}

function endSpan(span: Span, attributes: SpanAttributes, error: string | undefined): void {
  if (!span.isRecording()) return;
  span.setAttributes({ ...attributes });
  if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR, message: error });
  span.end();
}
