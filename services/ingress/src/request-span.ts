import { type ErrorCode, type SttError, traceContextFrom } from '@verbatim/contracts';
import type { OpenSpan, SpanAttributes, Tracing } from '@verbatim/kit';

/**
 * The span of a request that a client makes: part of the client's own trace, where the W3C headers of the request name one.
 * @param name by OpenTelemetry's conventions for the protocol
 * @param header one of the request's headers; undefined where it has none of that name
 */
export const beginRequest = (
  tracing: Tracing | undefined,
  name: string,
  header: (name: string) => string | undefined,
  attributes: SpanAttributes,
): OpenSpan | undefined =>
  tracing?.begin(name, { role: 'server', parent: traceContextFrom(header) ?? undefined, attributes });

const OURS: ReadonlySet<ErrorCode> = new Set(['unavailable', 'internal']);

/** A request's client was told of `error`. */
export const failRequest = (span: OpenSpan | undefined, { code }: SttError): void =>
  span?.fail(code, OURS.has(code) ? 'ours' : 'callers');
