import { z } from 'zod';

export type AttributeValue = string | number | boolean | null | readonly AttributeValue[] | AttributeMap;
export interface AttributeMap {
  readonly [key: string]: AttributeValue;
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;

/** Times are in milliseconds since 1970, with a fraction; ids are in hex. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** null for a root. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
  /** `service.name` of the process that made it. */
  readonly service: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: AttributeMap;
  /** Attributes of the process. */
  readonly resource: AttributeMap;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly status: { readonly code: (typeof STATUSES)[number]; readonly message: string };
}

export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: AttributeMap;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: AttributeMap;
}

// OTLP in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding), or decoded from protobuf.

/** 64-bit integers are text in JSON, but numbers are allowed. */
const integer = z.union([z.string().regex(/^-?\d+$/), z.number().refine(Number.isInteger)]);
const hex = z.union([
  z.instanceof(Uint8Array).transform((bytes) => Buffer.from(bytes).toString('hex')),
  z
    .string()
    .regex(/^[0-9a-f]*$/i)
    .toLowerCase(),
]);
const id = (bytes: number) => hex.refine((text) => text.length === 2 * bytes, `must have ${bytes} bytes`);
/** A double has room for about 0.2 microseconds of a time of this century. */
const nanoseconds = integer.default(0).transform((value) => {
  const nanos = BigInt(value);
  return Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6;
});
const bytes = z.union([
  z.instanceof(Uint8Array).transform((value) => Buffer.from(value).toString('base64')),
  z.string(),
]);

interface AnyValue {
  stringValue?: string | undefined;
  boolValue?: boolean | undefined;
  intValue?: string | number | undefined;
  doubleValue?: number | undefined;
  bytesValue?: string | undefined;
  arrayValue?: { values: AnyValue[] } | undefined;
  kvlistValue?: { values: KeyValue[] } | undefined;
}
interface KeyValue {
  key: string;
  value?: AnyValue | undefined;
}
const anyValue: z.ZodType<AnyValue> = z.lazy(() =>
  z.object({
    stringValue: z.string().optional(),
    boolValue: z.boolean().optional(),
    intValue: integer.optional(),
    doubleValue: z.number().optional(),
    bytesValue: bytes.optional(),
    arrayValue: z.object({ values: z.array(anyValue).default([]) }).optional(),
    kvlistValue: z.object({ values: z.array(keyValue).default([]) }).optional(),
  }),
);
const keyValue: z.ZodType<KeyValue> = z.object({ key: z.string(), value: anyValue.optional() });

function plainValue(value: AnyValue | undefined): AttributeValue {
  if (value === undefined) return null;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plainValue);
  if (value.kvlistValue !== undefined) return plainMap(value.kvlistValue.values);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue ?? null;
}
const plainMap = (pairs: readonly KeyValue[]): AttributeMap =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]));

const attributes = z.array(keyValue).default([]).transform(plainMap);
const name = z.string().default('');

const span = z
  .object({
    traceId: id(16),
    spanId: id(8),
    parentSpanId: hex.default('').transform((text) => (/[1-9a-f]/.test(text) ? text : null)),
    name,
    kind: z.number().default(0),
    startTimeUnixNano: nanoseconds,
    endTimeUnixNano: nanoseconds,
    attributes,
    events: z.array(z.object({ name, timeUnixNano: nanoseconds, attributes })).default([]),
    links: z.array(z.object({ traceId: id(16), spanId: id(8), attributes })).default([]),
    status: z.object({ code: z.number().default(0), message: name }).default({ code: 0, message: '' }),
  })
  .transform(({ startTimeUnixNano, endTimeUnixNano, kind, events, status, ...rest }) => ({
    ...rest,
    ...{ startMs: startTimeUnixNano, endMs: endTimeUnixNano, kind: KINDS[kind] ?? 'unspecified' },
    events: events.map(({ name, timeUnixNano, attributes }) => ({ name, atMs: timeUnixNano, attributes })),
    status: { code: STATUSES[status.code] ?? 'unset', message: status.message },
  }));

/** A request of OTLP's trace service to its spans. */
export const traceRequest = z
  .object({
    resourceSpans: z
      .array(
        z.object({
          resource: z.object({ attributes }).default({ attributes: {} }),
          scopeSpans: z.array(z.object({ spans: z.array(span).default([]) })).default([]),
        }),
      )
      .default([]),
  })
  .transform(({ resourceSpans }): Span[] =>
    resourceSpans.flatMap(({ resource: { attributes: resource }, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({ ...span, resource, service: String(resource['service.name'] ?? 'unknown') })),
      ),
    ),
  );
