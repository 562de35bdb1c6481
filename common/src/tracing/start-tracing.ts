import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { describeCause } from '../errors/app-error.js';
import type { Logger } from '../logging/create-logger.js';
import type { Tracing } from './tracing.js';

export interface TracingOptions {
  /** Of an OTLP/HTTP receiver, as `http://collector:4318`; undefined: nothing is traced. */
  readonly endpoint: string | undefined;
  /** Share of the traces that begin here, 0 to 1. A caller that sends a trace context has decided itself. */
  readonly sample?: number;
  /** `service.name`, `service.version` and `service.instance.id`. */
  readonly service: { readonly name: string; readonly version: string; readonly instance: string };
  readonly log: Logger;
}

/** Spans are sent this long after they ended, together. Milliseconds. */
const SEND_EVERY_MS = 1000;
/** For one delivery with its retries, so that a receiver that is away holds up no stop. Milliseconds. */
const DELIVER_WITHIN_MS = 3000;
const DELIVERED = 0;

/** OpenTelemetry's SDK is loaded here, and only where an endpoint is set: without one not a line of it runs. */
export async function startTracing({ endpoint, sample = 1, service, log }: TracingOptions): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const [{ createTracing }, { OTLPTraceExporter }, { resourceFromAttributes }, sdk] = await Promise.all([
    import('./create-tracing.js'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace'),
  ]);
  const { name, version, instance } = service;
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: DELIVER_WITHIN_MS });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.version': version, 'service.instance.id': instance }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sample) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: tellingFailures(exporter, log), scheduledDelayMillis: SEND_EVERY_MS })],
  });
  const stop = () => provider.shutdown().catch((error: unknown) => log.debug({ err: error }, 'the last traces were not delivered'));
  return createTracing(provider.getTracer(name, version), stop);
}

/** The path that OTLP/HTTP has for traces, where the address names none. */
function tracesUrl(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '');
  return base.endsWith('/v1/traces') ? base : `${base}/v1/traces`;
}

/** The SDK gives up what it cannot deliver without a word; this says so once, until it works again. */
function tellingFailures(exporter: SpanExporter, log: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        const fails = result.code !== DELIVERED;
        if (fails && !isFailing) log.warn({ reason: describeCause(result.error) }, 'traces cannot be delivered; they are dropped');
        isFailing = fails;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
