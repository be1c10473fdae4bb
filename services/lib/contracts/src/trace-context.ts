/**
 * Where in a trace something belongs, as it travels between processes: the fields of the W3C Trace Context recommendation
 * (https://www.w3.org/TR/trace-context/), by the names of its headers.
 */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** What the recommendation asks of every participant to pass on. */
const LONGEST_STATE = 512;

/** The context that headers name; null where they name none, or one that nobody could use. */
export const traceContextFrom = (header: (name: keyof TraceContext) => string | undefined): TraceContext | null => {
  const traceparent = header('traceparent');
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return null;
  const tracestate = header('tracestate');
  return { traceparent, ...(tracestate && tracestate.length <= LONGEST_STATE && { tracestate }) };
};

/** The id of the trace, where somebody will see it: the flag `sampled` is set. */
export const sampledTraceId = (context: TraceContext | undefined): string | undefined => {
  const [, traceId, , flags] = context?.traceparent.split('-') ?? [];
  return flags !== undefined && (Number.parseInt(flags, 16) & 1) === 1 ? traceId : undefined;
};
