import type { TraceContext } from '@verbatim/contracts';

/** Which side of a conversation a span tells of, by OpenTelemetry's names. */
export type SpanRole = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** What is known of a span besides its name and times. Never words or audio. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** Default internal. */
  readonly role?: SpanRole;
  /** Absent: the span begins a trace of its own. */
  readonly parent?: TraceContext | undefined;
  /** What it has to do with, in other traces. */
  readonly links?: readonly TraceContext[];
  readonly attributes?: SpanAttributes;
  /** When it began, in milliseconds since 1970. Default: now. */
  readonly from?: number;
}

/** A span that has begun. */
export interface OpenSpan {
  readonly context: TraceContext;
  readonly traceId: string;
  /** False where sampling left it out: nobody will see it, so nothing more need be told of it. */
  readonly sampled: boolean;
  set(attributes: SpanAttributes): void;
  /**
   * It ended with an error, by its code. One that is the caller's own mistake leaves the status unset, as OpenTelemetry's
   * conventions for servers ask (https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status).
   */
  fail(code: string, fault: 'ours' | 'callers'): void;
  /** @param at milliseconds since 1970. Default: now. */
  end(at?: number): void;
}

/** Where spans are made. A process without one traces nothing. */
export interface Tracing {
  begin(name: string, options?: SpanOptions): OpenSpan;
  /** Sends what has ended, as far as that goes at once, and takes no more. */
  close(): Promise<void>;
}
