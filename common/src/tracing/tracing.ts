/** What is told of a span. Names follow OpenTelemetry's semantic conventions where those have one. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** One step of a request that is traced. It is told to the receiver when it has ended. */
export interface TraceSpan {
  /** What tells the next program of this span: `traceparent`, and `tracestate` where the caller sent one (W3C Trace Context). */
  readonly headers: Readonly<Record<string, string>>;
  /** A step within this one. `calls`: it is a request to another program. */
  child(name: string, kind?: 'within' | 'calls', attributes?: SpanAttributes): TraceSpan;
  /** Something that happened at this moment. */
  event(name: string): void;
  /** The step is over. `error`: it failed, and the code why. Later calls do nothing. */
  end(attributes?: SpanAttributes, error?: string): void;
}

/** Traces of requests, while they are switched on; where they are not there is none of these. */
export interface Tracing {
  /** A request that arrived, as a part of the trace that its headers name, else as a trace of its own. */
  serve(name: string, headers: Readonly<Record<string, string | string[] | undefined>>, attributes?: SpanAttributes): TraceSpan;
  /** Sends what is not sent yet, for a few seconds at most. Never rejects. */
  stop(): Promise<void>;
}
