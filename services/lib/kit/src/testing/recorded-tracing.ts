import type { OpenSpan, SpanAttributes, SpanOptions, Tracing } from '../tracing/tracing.ts';

/** What was told of a span. */
export interface RecordedSpan {
  readonly name: string;
  readonly options: SpanOptions;
  attributes: SpanAttributes;
  error: { readonly code: string; readonly fault: 'ours' | 'callers' } | null;
  ended: number;
}

/** Keeps what it is told of spans, and sends it nowhere. */
export class RecordedTracing implements Tracing {
  readonly spans: RecordedSpan[] = [];

  begin(name: string, options: SpanOptions = {}): OpenSpan {
    const span: RecordedSpan = { name, options, attributes: { ...options.attributes }, error: null, ended: 0 };
    const id = this.spans.push(span).toString(16);
    const traceId = options.parent?.traceparent.split('-')[1] ?? id.padStart(32, '0');
    return {
      traceId,
      sampled: true,
      context: { traceparent: `00-${traceId}-${id.padStart(16, '0')}-01` },
      set: (attributes) => {
        span.attributes = { ...span.attributes, ...attributes };
      },
      fail: (code, fault) => {
        span.error = { code, fault };
      },
      end: () => {
        span.ended++;
      },
    };
  }

  async close(): Promise<void> {}
}
