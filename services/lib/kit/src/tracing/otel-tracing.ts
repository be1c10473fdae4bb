import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TraceContext } from '@verbatim/contracts';
import type { OpenSpan, SpanAttributes, SpanOptions, SpanRole, Tracing } from './tracing.ts';

const KINDS: Record<SpanRole, SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/**
 * What a process that ends waits for a collector. One that is away is tried for 10 s by the SDK, five times what a shutdown has for
 * all of its parts together.
 */
const LAST_SPANS_MS = 500;

const propagator = new W3CTraceContextPropagator();

/**
 * Spans by OpenTelemetry's SDK, sent by OTLP over HTTP in batches. Endpoint, headers, sampler, limits of batches and the
 * resource are the SDK's own settings, OTEL_* (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 * Nothing global: two servers in one process don't mix.
 */
export class OtelTracing implements Tracing {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;

  readonly #onTrouble: (reason: string) => void;

  /**
   * @param serviceName where OTEL_SERVICE_NAME names none
   * @param onTrouble hears why the last spans could not be sent
   */
  constructor(serviceName: string, version: string, onTrouble: (reason: string) => void) {
    this.#onTrouble = onTrouble;
    const resource = defaultResource()
      .merge(
        resourceFromAttributes({
          'service.name': serviceName,
          'service.version': version,
          'service.instance.id': `${hostname()}-${process.pid}`,
        }),
      )
      .merge(detectResources({ detectors: [envDetector] }));
    this.#provider = new BasicTracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    this.#tracer = this.#provider.getTracer('verbatim', version);
  }

  begin(name: string, { role = 'internal', parent, links = [], attributes = {}, from }: SpanOptions = {}): OpenSpan {
    const options = {
      kind: KINDS[role],
      attributes,
      links: links.flatMap(linkTo),
      ...(from !== undefined && { startTime: from }),
    };
    return new OtelSpan(this.#tracer.startSpan(name, options, parent ? contextOf(parent) : ROOT_CONTEXT));
  }

  async close(): Promise<void> {
    const waited = new AbortController();
    const sent = this.#provider.shutdown().catch((error: unknown) => this.#onTrouble(String(error)));
    const late = sleep(LAST_SPANS_MS, 'late' as const, { signal: waited.signal }).catch(() => undefined);
    if ((await Promise.race([sent, late])) === 'late') {
      this.#onTrouble(`the last spans were not taken within ${LAST_SPANS_MS} ms`);
    }
    waited.abort();
  }
}

class OtelSpan implements OpenSpan {
  readonly context: TraceContext;
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
    const carrier: { traceparent: string; tracestate?: string } = { traceparent: '' };
    propagator.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
    this.context = carrier;
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  get sampled(): boolean {
    return (this.#span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  fail(code: string, fault: 'ours' | 'callers'): void {
    this.#span.setAttribute('error.type', code);
    if (fault === 'ours') this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(at?: number): void {
    this.#span.end(at);
  }
}

const contextOf = (context: TraceContext): Context => propagator.extract(ROOT_CONTEXT, context, defaultTextMapGetter);

const linkTo = (context: TraceContext): Link[] => {
  const linked = trace.getSpanContext(contextOf(context));
  return linked === undefined ? [] : [{ context: linked }];
};
